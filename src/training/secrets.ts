/** What a secret looks like: by the name that it goes under, or by its form. Pure. */

/** What stands where a value was. */
export const REDACTED = "[redacted]";

/** In any part of a name, whatever surrounds it: `dbpassword`, `ClientSecret`. */
const CERTAIN_NAME =
  /passw(?:or)?d|passphrase|secret|credential|api[\s_.-]*key|(?:access|private|signing|encryption|account|subscription|service|master|auth|ssh|deploy)[\s_.-]*key|(?:auth|access|refresh|bearer|session|id)[\s_.-]*token|authorization/i;
/** A name that ends so tells where a secret lies, or what form it has. */
const ABOUT_SECRETS =
  /^(?:arn|file|path|dir|folder|name|type|column|field|size|length|count|limit|ttl|expiry|ids?)$/;
/** What stands before `token` in the vocabulary of language models. */
const VOCABULARY =
  /^(?:pad|eos|bos|sep|cls|mask|unk|start|end|stop|special|image|audio|prefix|decoder|forced|suppress|per|max|min|num|n)$/;
/** What stands before `key` where a column or an object is meant. */
const DATA_KEYS =
  /^(?:primary|foreign|sort|partition|group|label|feature|target|index|join|s3|object|cache|text|image|kms|public)$/;
/** No key or token is that short. */
const PLAIN = /^(?:true|false|null|-?\d{1,4}(?:\.\d*)?|)$/i;

/** Keys that tell by their form what they are. */
const KEY_SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b/g,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,})/g,
  /\bxox[abeoprs]-[\w-]{10,}/g,
  /\bhf_[A-Za-z0-9]{20,}\b/g,
  /\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{20,}\b/g,
  /\bAIza[\w-]{30,}/g,
  /\b(?:npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|dckr_pat_[\w-]{20,}|dapi[0-9a-f]{32}|SG\.[\w-]{16,}\.[\w-]{16,})/g,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g,
  /\b(?:Bearer|Basic)\s+[\w.~+/-]{12,}=*/g,
];
/** A secret access key has no mark; a commit's digest has its length too, but is hexadecimal, and a path begins otherwise. */
const SECRET_ACCESS_KEY =
  /(?<=^|[\s"'=,])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*\d)(?=[A-Za-z0-9/+]*[g-zG-Z/+])[A-Za-z0-9+][A-Za-z0-9/+]{39}(?![A-Za-z0-9/+=])/g;
/** `git@` is everybody's; any other user of a URL may be a token. */
const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)(?!git@)(?:[^\s/?#"']*|[^\s/?#@"']*:[^\s@"']*)@/gi;
const QUERY = /([?&;])([\w.~-]+)=([^&;#\s"']+)/g;
const SIGNED_QUERY = /^(?:x-amz-(?:signature|credential|security-token)|sig|signature)$/i;

/**
 * The text without what tells by its form that it is a key, and without the users, passwords and signatures of URLs.
 *
 * @param text - any text
 * @param onSecret - told of each
 */
export function redactShapes(text: string, onSecret: (secret: string) => void = () => {}): string {
  if (text.length < 8) {
    return text;
  }
  const cut = (match: string): string => {
    onSecret(match);
    return REDACTED;
  };
  let rest = [...KEY_SHAPES, SECRET_ACCESS_KEY].reduce(
    (part, shape) => part.replace(shape, cut),
    text,
  );
  if (rest.includes("://")) {
    rest = rest.replace(USER_INFO, (match: string, scheme: string) => {
      const user = match.slice(scheme.length, -1);
      if (user === REDACTED) return match;
      onSecret(user);
      return `${scheme}${REDACTED}@`;
    });
    rest = rest.replace(QUERY, (match: string, sign: string, name: string, value: string) => {
      if (value === REDACTED) return match;
      if (!SIGNED_QUERY.test(name) && secrecyOfName(name, value) === undefined) return match;
      onSecret(value);
      return `${sign}${name}=${REDACTED}`;
    });
  }
  return rest;
}

/**
 * Whether a name says that its value is a secret.
 *
 * @param name - in any spelling: `HF_TOKEN`, `apiKey`, `db-password`
 * @param value - its value
 */
export function secrecyOfName(name: string, value: string): "credential" | "suspect" | undefined {
  if (
    name === "" ||
    value === "" ||
    value === REDACTED ||
    ABOUT_SECRETS.test(words(name).at(-1) ?? "")
  ) {
    // An access key's ID is known by its form.
    return undefined;
  }
  if (CERTAIN_NAME.test(name)) {
    return "credential";
  }
  const parts = words(name);
  const last = parts.at(-1);
  const before = parts.at(-2) ?? "";
  if (PLAIN.test(value)) {
    return undefined;
  }
  if (last === "token" || last === "pat" || last === "pwd" || last === "pass") {
    return last === "token" && VOCABULARY.test(before) ? undefined : "credential";
  }
  if (last === "key" || last === "keys") {
    return DATA_KEYS.test(before) ? undefined : "suspect";
  }
  const isMiddle = parts.includes("token") || parts.includes("key");
  return isMiddle && /^\S{16,}$/.test(value) ? "suspect" : undefined;
}

function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}
