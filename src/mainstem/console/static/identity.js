// Keys for answers to a review: what a key stands for, is a button or a link of the page.
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const meant = document.querySelector(`[data-answer-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!meant) return;
    event.preventDefault();
    meant.click();
  });
})();
