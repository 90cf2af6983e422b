/** Which characters are cut into pairs for search, and what is one character to a reader. */

const PAIRED =
  "\\u0e01-\\u0e3a\\u0e40-\\u0e4e" + // Thai, digits and signs apart
  "\\u0e81-\\u0ebd\\u0ec0-\\u0ece\\u0edc-\\u0edf" + // Lao
  "\\u1000-\\u103f\\u1050-\\u109d\\ua9e0-\\ua9ef\\uaa60-\\uaa7f" + // Burmese
  "\\u1780-\\u17d3" + // Khmer
  "\\u1950-\\u1974\\u1980-\\u19c9\\u1a20-\\u1a7c\\uaa80-\\uaac2" + // Tai scripts
  "\\u1b05-\\u1b4c\\ua980-\\ua9c0" + // Balinese, Javanese
  "\\u1100-\\u11ff\\u3131-\\u318e\\ua960-\\ua97c\\uac00-\\ud7fb\\uffa0-\\uffdc" + // Korean
  "\\u2e80-\\u2fd5\\u3005-\\u3007\\u3021-\\u3029\\u3038-\\u303b\\u3400-\\u4dbf\\u4e00-\\u9fff" + // Chinese
  "\\uf900-\\ufad9\\u{20000}-\\u{3ffff}" +
  "\\u3041-\\u309f\\u30a1-\\u30fa\\u30fc-\\u30ff\\u31f0-\\u31ff\\uff66-\\uff9f\\u{1b000}-\\u{1b167}" + // Japanese
  "\\u3105-\\u312f\\u31a0-\\u31bf\\ua000-\\ua48c"; // Bopomofo, Yi

/** Cuts a text into runs that are paired (the first group) and what is between them. */
// eslint-disable-next-line no-misleading-character-class -- parts of characters are meant
export const PARTS = new RegExp(`([${PAIRED}]+)|[^${PAIRED}]+`, "gu");

/** One character to a reader: a Korean syllable in letters, or a kana with its sound mark. */
export const CHARACTER =
  /[\u1100-\u115f\ua960-\ua97c]+[\u1160-\u11a7\ud7b0-\ud7c6]*[\u11a8-\u11ff\ud7cb-\ud7fb]*|.[\u3099\u309a\uff9e\uff9f]?/gsu;
