/** 中文（简体）。 */

import type { Texts } from "$view/i18n/texts.svelte";
import { hub } from "$view/i18n/zh/hub";
import { people } from "$view/i18n/zh/people";
import { settings } from "$view/i18n/zh/settings";
import { talk } from "$view/i18n/zh/talk";
import { wayIn } from "$view/i18n/zh/way-in";

export const zh: Texts = { ...wayIn, ...talk, ...people, ...settings, ...hub };
