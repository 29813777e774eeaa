/**
 * Under a document number, show what was typed in groups of four, to compare with the card.
 * The field itself is left alone: rewriting it breaks the caret, input methods and autofill.
 */
export function echoGroups(root) {
  for (const echo of root.querySelectorAll("[data-echo]")) {
    const field = root.getElementById(echo.dataset.echo);
    const show = () => {
      const typed = field.value.replace(/\s+/g, "");
      echo.textContent = typed.length > 5 ? typed.match(/.{1,4}/gu).join(" ") : "";
    };
    field.addEventListener("input", show);
    show();
  }
}
