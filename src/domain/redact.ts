/** One class of secret: how it looks, and what stays of a match (by default nothing but the class). */
type Rule = { readonly pattern: RegExp; readonly keep: string }

const rule = (name: string, pattern: RegExp, before = ''): Rule => ({ pattern, keep: `${before}[redacted:${name}]` })

/**
 * Every pattern starts at a fixed word or at the edge of a token and has bounded parts, so that reading is linear in the
 * length of the text, hostile text included.
 */
const rules: readonly Rule[] = [
  rule('aws-key', /(?<![A-Za-z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Za-z0-9])/g),
  rule('github-token', /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{16,255}|github_pat_[A-Za-z0-9_]{16,255})/g),
  rule('gitlab-token', /(?<![A-Za-z0-9_-])glpat-[A-Za-z0-9_-]{16,255}/g),
  rule('npm-token', /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{30,255}/g),
  rule('slack-token', /(?<![A-Za-z0-9_-])(?:xox[a-z](?:\.xox[a-z])?-|xapp-)[A-Za-z0-9-]{8,255}/g),
  rule('slack-webhook', /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9_/-]{8,255}/g),
  rule('anthropic-key', /(?<![A-Za-z0-9_-])sk-ant-[A-Za-z0-9_-]{8,255}/g),
  rule('api-key', /(?<![A-Za-z0-9_-])(?:sk|pk|rk)[-_](?:live_|test_|proj-)?[A-Za-z0-9_-]{16,255}/g),
  rule('google-key', /(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}/g),
  rule('jwt', /(?<![A-Za-z0-9_+/-])eyJ[A-Za-z0-9_-]{5,8192}\.[A-Za-z0-9_-]{2,8192}(?:\.[A-Za-z0-9_-]{0,8192})?/g),
  rule('encoded', /(?<![A-Za-z0-9_+/-])eyJ[A-Za-z0-9_+/-]{37,8192}={0,2}/g),
  // Base64 of the beginnings of the above: a token that was encoded once is a token still.
  rule(
    'encoded',
    /(?<![A-Za-z0-9+/])(?:Z2hwX|Z2hzX|Z2l0aHViX3BhdF|QUtJQ|QVNJQ|eG94[YWcZ]|eGFwcC|c2stYW50|LS0tLS1CRUdJTiB|cG9zdGdyZXM6Ly|cG9zdGdyZXNxbDovL)[A-Za-z0-9+/]{8,8192}={0,2}/g,
  ),
  rule('credentials', /(:\/\/)[^\s/@"'<>]{0,256}:[^\s/"'<>]{1,512}@/g, '$1'),
  rule('credentials', /(:\/\/)[^\s/@:"'<>]{20,512}@/g, '$1'),
  rule('credentials', /(%3[Aa]%2[Ff]%2[Ff])[^\s&/@"']{0,256}?%40/g, '$1'),
  rule(
    'authorization',
    /\b((?:proxy-)?authorization|x-api-key|x-auth-token|x-vault-token|private-token|set-cookie|cookie)(\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?:(?:bearer|basic|token|digest|negotiate)\s{1,4})?)[^\s"'\\,;]{1,4096}/gi,
    '$1$2',
  ),
  rule('authorization', /\b(bearer|basic)(\s{1,4})(?!token\b|auth)[A-Za-z0-9._~+/=-]{16,4096}/gi, '$1$2'),
  rule('registry-auth', /((?:"|\\")auth(?:"|\\")\s{0,4}:\s{0,4}(?:"|\\"))[A-Za-z0-9+/=]{6,4096}/g, '$1'),
  rule('shared-key', /\b(AccountKey|SharedAccessKey|SharedAccessSignature|sig)(=)[A-Za-z0-9+/=%._-]{16,512}/g, '$1$2'),
  rule('value', /((?:\b(?:data|stringData)\b[^\s:]{0,120}|\bvalue): Invalid value: )"(?:[^"\\]|\\.){0,2048}"/g, '$1'),
]

const secretName =
  'passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|client[_-]?key|credentials?|dockerconfigjson'

/** Words that stand after such a name without being its value, as in `password: must be set`. */
const noValue =
  '(?!\\\\?["\']?\\[redacted:)(?!(?:null|nil|none|undefined|true|false|empty|missing|required|invalid|unset|not|is|was|must|cannot|has|expired|no|failed|error|unable|could|for|from|unexpected|kubectl|[45]\\d\\d [A-Z][a-z]{2,20})\\b)'

const assigned = new RegExp(
  `((?:${secretName})(?!s?(?:name|ref|keyref|file|path|url|uri|s\\b)|[_-](?:name|ref|file|path|url|type|id\\b|ttl|expir))[A-Za-z0-9_.-]{0,24})` +
    `(\\\\?["']?\\s{0,4}(?:=>|:|=(?!>)|%3[Dd])\\s{0,4})${noValue}` +
    `(\\\\?"(?:[^"\\\\\\n]|\\\\[^"\\n]){1,2048}\\\\?"|'[^'\\n]{1,2048}'|[^\\s"',;&}{)(]{1,2048})`,
  'gi',
)

const trigger =
  /A[KSRI][IDO]A|gh[pousr]_|github_pat|glpat-|npm_|xox|xapp-|slack\.com|[spr]k[-_]|AIza|eyJ|Z2h|Z2l|QUtJ|QVNJ|eG94|eGFw|c2st|LS0t|cG9z|:\/\/|%3a%2f|auth|api-key|cookie|bearer|basic|-token|AccountKey|Shared|sig=|Invalid value|PRIVATE KEY|pass|pwd|secret|token|key|credential|dockerconfig/i

/**
 * Replaces secrets in text by their class: `[redacted:aws-key]`. Linear in the length of the text. It errs on the side of
 * replacing: a line that loses a harmless token still tells what happened. What is redacted already stays as it is.
 */
export const redact = (text: string): string => {
  if (!trigger.test(text)) return text
  let clean = withoutPrivateKeys(text)
  for (const { pattern, keep } of rules) clean = clean.replace(pattern, keep)
  clean = clean.replace(pair, (whole: string, before: string, name: string, between: string) =>
    isSecretName(name) ? `${before}${name}${between}[redacted:value]` : whole,
  )
  return clean.replace(assigned, (_, name: string, separator: string, value: string) => {
    const quote = value.match(/^\\?["']/)?.[0] ?? ''
    return `${name}${separator}${quote}[redacted:${classOf(name)}]${quote}`
  })
}

/** A setting as objects write it, in JSON (also inside a string) or YAML: a name, and beside it the value. */
const pair =
  /(\bname(?:\\?["'])?\s{0,4}:\s{0,4}(?:\\?["'])?)([A-Za-z_][A-Za-z0-9_.-]{0,120})((?:\\?["'])?\s{0,4},?\s{0,80}(?:\\?["'])?value(?:\\?["'])?\s{0,4}:\s{0,4})(?:\\?"(?:[^"\\\n]|\\[^"\n]){1,2048}\\?"|'[^'\n]{1,2048}'|[^\s"',}\]\\]{1,2048})/g

const classOf = (name: string): string => {
  const lower = name.toLowerCase()
  if (/^pass|^pwd/.test(lower)) return 'password'
  if (lower.startsWith('token')) return 'token'
  return lower.startsWith('secret') ? 'secret' : lower.startsWith('dockerconfig') ? 'registry-auth' : 'key'
}

const longestKey = 16_384

/** Takes out PEM private keys, over lines and with escaped newlines, also where the end was cut off. */
const withoutPrivateKeys = (text: string): string => {
  let clean = ''
  let from = 0
  for (let at = text.indexOf('-----BEGIN '); at >= 0; at = text.indexOf('-----BEGIN ', Math.max(from, at + 1))) {
    if (!/^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(text.slice(at, at + 80))) continue
    const window = text.slice(at, at + longestKey)
    const end = window.search(/-----END [A-Z0-9 ]{0,40}-----/)
    const length =
      end < 0 ? window.length : end + (window.slice(end).match(/^-----END [A-Z0-9 ]{0,40}-----/)?.[0].length ?? 0)
    clean += `${text.slice(from, at)}[redacted:private-key]`
    from = at + length
  }
  return from === 0 ? text : clean + text.slice(from)
}

const secretVariable = new RegExp(`(?:${secretName}|(?:^|_)pass(?:$|_)|\\.key$)`, 'i')
const harmlessVariable =
  /(?:name|ref|file|path|dir|url|uri|host|port|type|ttl|expiry|expires(?:_in)?|enabled|count|limit|length|mode|header|tokens|secrets)$/i

/**
 * Redacts a value that has a name (an environment variable, a key of a ConfigMap): the name alone can give it away. Empty
 * values stay: that one is empty is often the fault.
 */
export const redactNamed = (name: string, value: string): string =>
  value.trim() !== '' && !value.includes('\n') && isSecretName(name) ? '[redacted:value]' : redact(value)

const isSecretName = (name: string): boolean => secretVariable.test(name) && !harmlessVariable.test(name)

/** A whole object as it may be shown: each text redacted by what it holds and by what it is called. */
export const redactObject = (value: unknown, name = ''): unknown => {
  if (typeof value === 'string') return redactNamed(name, value)
  if (Array.isArray(value)) return value.map((item) => redactObject(item, name))
  if (typeof value !== 'object' || value === null) return value
  const { name: called } = value as { readonly name?: unknown }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      redactObject(item, key === 'value' && typeof called === 'string' ? called : key),
    ]),
  )
}
