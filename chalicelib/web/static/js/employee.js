// Everything here is comfort: each page does its work without scripts.
import { watchCodeButtons } from "./code.js";
import { clearErrorsOnInput, focusSummary } from "./errors.js";
import { echoGroups } from "./groups.js";
import { reloadWhenRestored } from "./restore.js";
import { submitOnce } from "./submit.js";

reloadWhenRestored(window);
focusSummary(document);
clearErrorsOnInput(document);
echoGroups(document);
watchCodeButtons(document);
submitOnce(document);
