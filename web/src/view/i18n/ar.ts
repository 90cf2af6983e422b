/** العربية. */

import type { Texts } from "$view/i18n/texts.svelte";
import { hub } from "$view/i18n/ar/hub";
import { people } from "$view/i18n/ar/people";
import { settings } from "$view/i18n/ar/settings";
import { talk } from "$view/i18n/ar/talk";
import { wayIn } from "$view/i18n/ar/way-in";

export const ar: Texts = { ...wayIn, ...talk, ...people, ...settings, ...hub };
