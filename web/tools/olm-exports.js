// Writes src/client/crypto/olm-exports.ts: under which names olm.wasm has the functions of libolm that we call.
// The package shortens them, and only its own scripts know how; those are 8 KB that the page has no use for.
// Run it again when the package is updated: `node tools/olm-exports.js` (a test says when it is time).

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OBJECTS = ["account", "session", "outbound_group_session", "inbound_group_session", "utility"];
const PICKLED = OBJECTS.slice(0, 4);
const OTHERS = `
  create_account create_account_random_length account_identity_keys account_identity_keys_length
  account_signature_length account_sign account_one_time_keys account_one_time_keys_length
  account_mark_keys_as_published account_generate_one_time_keys account_generate_one_time_keys_random_length
  account_generate_fallback_key account_generate_fallback_key_random_length account_unpublished_fallback_key
  account_unpublished_fallback_key_length remove_one_time_keys create_outbound_session
  create_outbound_session_random_length create_inbound_session_from session_id session_id_length
  matches_inbound_session encrypt encrypt_message_type encrypt_message_length encrypt_random_length decrypt
  decrypt_max_plaintext_length init_outbound_group_session init_outbound_group_session_random_length
  outbound_group_session_id outbound_group_session_id_length outbound_group_session_key
  outbound_group_session_key_length outbound_group_session_message_index group_encrypt
  group_encrypt_message_length init_inbound_group_session import_inbound_group_session inbound_group_session_id
  inbound_group_session_id_length inbound_group_session_first_known_index export_inbound_group_session
  export_inbound_group_session_length group_decrypt group_decrypt_max_plaintext_length ed25519_verify`;

const FUNCTIONS = [
  ...OBJECTS.flatMap((kind) => [
    `olm_${kind}`,
    `olm_${kind}_size`,
    `olm_clear_${kind}`,
    `olm_${kind}_last_error`,
  ]),
  ...PICKLED.flatMap((kind) => [`olm_pickle_${kind}`, `olm_pickle_${kind}_length`, `olm_unpickle_${kind}`]),
  ...OTHERS.trim()
    .split(/\s+/)
    .map((name) => `olm_${name}`),
];

const script = readFileSync(
  new URL("../node_modules/@towns-protocol/olm/olm.web.mjs", import.meta.url),
  "utf8",
);

/** Return what stands between the brackets of `wasmExports["…"]` behind a text of the package's script. */
function shortName(before) {
  const place = script.indexOf(before);
  const found = place < 0 ? null : /wasmExports\["([\w$]+)"\]/.exec(script.slice(place));
  if (found === null) throw new Error(`the package has no ${before}`);
  return found[1];
}

/** Return the module as text. */
export function olmExports() {
  const named = [
    ["memory", shortName("wasmMemory=wasmExports")],
    ["start", shortName("var ___wasm_call_ctors=")],
    ["malloc", shortName("var _malloc=")],
    ["free", shortName("var _free=")],
    ...FUNCTIONS.map((name) => [name, shortName(`var _${name}=`)]),
  ];
  const lines = named.map(([name, short]) => `  ${name}: "${short}",\n`);
  return `// Made by tools/olm-exports.js; do not edit.

/** Under which names \`olm.wasm\` has its memory and the C functions of libolm 3.2 (\`olm.h\`) that are called. */
export const OLM_EXPORTS = {
${lines.join("")}} as const;
`;
}

const OUTPUT = fileURLToPath(new URL("../src/client/crypto/olm-exports.ts", import.meta.url));
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(OUTPUT, olmExports());
