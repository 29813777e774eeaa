// An application while it is typed: kept after every change, and worked out on the server.
import { Keeper } from "./subsidy/keeper.js";
import { showSlots } from "./subsidy/slots.js";

const form = document.querySelector("[data-kept]");
if (form) {
  for (const part of document.querySelectorAll("[data-without-script]")) {
    part.hidden = true;
  }
  showSlots(form);
  new Keeper(form, window).listen();
}
