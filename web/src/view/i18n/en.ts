/** English: the language that the others are translations of. Its keys are all there are. */

import { hub } from "$view/i18n/en/hub";
import { people } from "$view/i18n/en/people";
import { settings } from "$view/i18n/en/settings";
import { talk } from "$view/i18n/en/talk";
import { wayIn } from "$view/i18n/en/way-in";

export const en = { ...wayIn, ...talk, ...people, ...settings, ...hub };
