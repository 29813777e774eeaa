/** Show the picture slots that the chosen settlement asks for; the others keep what they have. */
export function showSlots(form) {
  const choice = form.elements.namedItem("settlement");
  if (!choice) {
    return;
  }
  choice.addEventListener("change", () => {
    for (const part of form.querySelectorAll("[data-for]")) {
      part.hidden = !part.dataset.for.split(" ").includes(choice.value);
    }
  });
}
