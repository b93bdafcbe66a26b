/* The search fetches each page it lists to quote from it. A browser refuses that for pages opened from a file, with an
   error per result: there, list the titles alone. */
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
