// Picture slots (macros of documents.html). On pages that have them, beside employee.js.
import { Slot } from "./upload/slot.js";

const slots = Array.from(document.querySelectorAll("[data-slot]"), (root) => new Slot(root));

// Before employee.js marks the form as sent.
document.addEventListener(
  "submit",
  (event) => {
    const partial = event.submitter && event.submitter.formNoValidate;
    if (!partial && slots.some((slot) => slot.holds(event))) {
      event.preventDefault();
    }
  },
  true,
);
