// Everything here is speed: each page of the console does its work without scripts.
import { reloadWhenRestored } from "./restore.js";
import { askBeforeDeciding } from "./staff/confirm.js";
import { editContent } from "./staff/editor.js";
import { listenToKeys } from "./staff/keys.js";
import { workPayouts } from "./staff/payout.js";
import { showPictures } from "./staff/pictures.js";
import { pickReasons } from "./staff/reasons.js";
import { openRows, submitFilters } from "./staff/rows.js";
import { submitOnce } from "./submit.js";

const alert = document.querySelector("[data-alert]");
if (alert) {
  alert.focus();
}
const desk = document.querySelector("[data-case]");
const keys = listenToKeys(document);
if (desk) {
  const pictures = showPictures(desk);
  const reasons = pickReasons(desk, pictures);
  askBeforeDeciding(desk, document.querySelector("[data-dialog]"), reasons);
}
editContent(document);
openRows(document, keys);
submitFilters(document);
workPayouts(document);
submitOnce(document);
reloadWhenRestored(window);
