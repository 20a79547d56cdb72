// What a document cannot do by itself. Each view works without it.

import { watch } from "./live.js";
import { list } from "./list.js";
import { waterfall } from "./waterfall.js";

const keys = document.querySelector(".keys");
if (keys) keys.hidden = false;
list();
watch(waterfall());
