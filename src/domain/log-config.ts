/** A setting that a log line says is missing or malformed; `name` as the line wrote it. */
export type ConfigProblem = {
  readonly what: 'missing' | 'malformed'
  readonly kind: 'variable' | 'file' | 'flag' | 'setting'
  readonly name?: string
}

type Pattern = readonly [ConfigProblem['what'], ConfigProblem['kind'], RegExp]

const env = '([A-Z][A-Z0-9_]{2,80})'
const file = '[\'"]?(/[\\w./@+-]{2,200})[\'"]?'

const patterns: readonly Pattern[] = [
  [
    'missing',
    'variable',
    new RegExp(
      `(?:env(?:ironment)?[ -]?(?:var(?:iable)?s?)?|variables?|settings?|secrets?|config(?:uration)?)(?: key| named)?[: ]+['"\`$\{]{0,3}${env}['"\`}]{0,3}[^.]{0,40}\\b(?:not set|unset|undefined|missing|required|empty|not defined|not found|not provided|must be|mandatory)`,
    ),
  ],
  [
    'missing',
    'variable',
    new RegExp(
      `(?:missing|required|undefined|unset|no|not set|not found|must set|must provide|need to set|provide|expected)\\b[^.]{0,60}?(?:env(?:ironment)?[ -]?(?:var(?:iable)?s?)?|variables?|key|setting|config(?:uration)?|secret)[^.A-Z]{0,30}['"\`$\{\\[]{0,3}${env}`,
      'i',
    ),
  ],
  [
    'missing',
    'variable',
    new RegExp(
      `['"\`$\{]{0,3}\\b${env}\\b['"\`}]{0,3}:? (?:environment variable |env(?:ironment)? var |variable )?(?:is |was |are |has |must )?(?:not (?:been )?(?:set|defined|provided|specified|found|configured)|undefined|missing|unset|required|empty|be set|be defined|be provided|be specified)\\b`,
    ),
  ],
  ['missing', 'variable', new RegExp(`KeyError: ['"]${env}['"]`)],
  ['missing', 'variable', new RegExp(`${env}: (?:unbound variable|parameter (?:not set|null or not set))`)],
  ['missing', 'variable', new RegExp(`required key ${env} missing value`)],
  [
    'missing',
    'variable',
    new RegExp(
      `(?:couldn't find env var|environment variable not found|Missing required env\\w*)[:\\s]+['"\`]?${env}`,
      'i',
    ),
  ],
  ['missing', 'setting', /Could not resolve placeholder '([\w.-]{1,120})'/],
  [
    'missing',
    'setting',
    /(?:required|mandatory) (?:property|setting|option|config(?:uration)?(?: key| value)?|parameter|field) ['"`]?([\w.-]{2,100})['"`]? (?:is |was |has )?(?:not|missing|undefined|unset|empty)/i,
  ],
  [
    'missing',
    'setting',
    /(?:config(?:uration)? )?(?:property|setting|option|key|parameter|field) ['"`]([\w.-]{2,100})['"`] (?:is |was |has )?(?:missing|not (?:set|found|defined|present|configured|provided)|required|undefined|unset|empty)\b.{0,60}(?:config|settings|\.(?:ya?ml|json|toml|properties|ini|conf))/i,
  ],
  [
    'missing',
    'setting',
    /config(?:uration)? (?:property|setting|option|key|value|parameter|field):? ['"`]?([\w.-]{2,100})['"`]? (?:is |was |has )?(?:missing|not (?:set|found|defined|present|provided)|required|undefined|unset|empty)/i,
  ],
  [
    'missing',
    'setting',
    /missing (?:required )?(?:property|setting|option|config(?:uration)?(?: key| value)?|parameter|field|key)s?[: ]+['"`]?([\w.-]{2,100})/i,
  ],
  [
    'missing',
    'setting',
    /(?:Database is uninitialized and superuser password is not specified|You need to specify one of the following as an environment variable|No datasource(?: |-)url|Failed to configure a DataSource: 'url' attribute is not specified)/i,
  ],
  [
    'missing',
    'file',
    new RegExp(
      `(?:ENOENT: no such file or directory, (?:open|stat|lstat|access|scandir)|No such file or directory: ?|(?:open|stat|read(?:ing)?|load(?:ing)?|opening|access)) ?${file}(?::? ?(?:no such file|not found|does not exist)|$|\\s*\\(|['"])`,
      'i',
    ),
  ],
  [
    'missing',
    'file',
    new RegExp(
      `(?:config(?:uration)?|properties|settings|secrets?|key|cert(?:ificate)?|keystore|truststore|credentials?|license)(?: file)?:? ${file} ?(?:not found|does not exist|is missing|cannot be (?:read|found|opened)|could not be (?:read|found|opened)|: no such file)`,
      'i',
    ),
  ],
  [
    'missing',
    'file',
    new RegExp(
      `(?:can't|cannot|could not|couldn't|unable to|failed to) (?:open|find|read|load|access|locate) (?:the )?(?:config(?:uration)?|properties|settings|secret|key|cert(?:ificate)?|credentials?|license)?(?: file)?:? ?${file}`,
      'i',
    ),
  ],
  ['missing', 'file', new RegExp(`FileNotFoundException: ${file}`)],
  [
    'missing',
    'file',
    /(?:config(?:uration)?|settings|properties) file ['"]?([\w./-]{2,200})['"]? (?:was |is |does |could )?(?:not (?:be )?(?:found|exist)|missing)/i,
  ],
  [
    'missing',
    'setting',
    /\bno ['"]?([\w.-]{2,80})['"]? (?:setting|option|property|flag|parameter) (?:was |is |has been )?(?:provided|specified|configured|set|given)\b/i,
  ],
  [
    'missing',
    'setting',
    /default credentials (?:were|was)? ?not found|could not (?:find|automatically determine) (?:default )?credentials|NoCredential(?:s|Providers)|Unable to locate credentials/i,
  ],
  [
    'malformed',
    'flag',
    /(?:unknown (?:shorthand )?(?:flag|option|argument|command)|unrecognized (?:option|arguments?|flag)|flag provided but not defined|invalid option|illegal option|unexpected argument|no such option|Unrecognized VM option|Unknown option)[: ]+(?:--? )?['"`]?(-{0,2}[\w.=/-]{1,100})/i,
  ],
  [
    'malformed',
    'flag',
    /(?:invalid (?:value|argument)) .{1,120}? for (?:flag |option |argument |")?"?(-{1,2}[\w-]{1,80})/i,
  ],
  [
    'missing',
    'flag',
    /(?:required (?:flag|option|argument)s?(?:\(s\))?|the following (?:required )?arguments (?:are required|were not provided))[: ]+['"`]?(-{0,2}[\w-]{1,80})/i,
  ],
  [
    'malformed',
    'variable',
    new RegExp(
      `(?:invalid|malformed|bad|cannot parse|could not parse|failed to parse|error parsing|illegal|unsupported|unknown|wrong)\\b[^.]{0,40}\\b${env}\\b`,
    ),
  ],
  [
    'malformed',
    'variable',
    new RegExp(
      `\\b${env}\\b[^.]{0,40}\\b(?:is (?:invalid|not valid|malformed|not a (?:valid )?(?:number|integer|boolean|url|port))|must be (?:a|an|one of|between)|has an? invalid)`,
    ),
  ],
  [
    'malformed',
    'file',
    /(?:yaml|toml|json|xml|ini|hcl): (?:line \d+|unmarshal|invalid|could not|did not find|mapping values)|error parsing .{0,40}(?:config|yaml|json|toml)|mapping values are not allowed|did not find expected|found character that cannot start any token|(?:JSON\.parse|JSONDecodeError|TOMLDecodeError|YAMLException|ScannerError|ParserError)/i,
  ],
  [
    'malformed',
    'file',
    /(?:error|fail(?:ed|ure)?|unable|cannot|could not|invalid|bad|malformed|broken|illegal).{0,30}\b(?:load|loading|pars(?:e|ing)|read(?:ing)?|decod(?:e|ing)|unmarshal(?:l?ing)?|validat(?:e|ing)|process(?:ing)?)?.{0,20}\b(?:config(?:uration)?|settings|properties|values)\b(?: file)?:? ?['"]?(\/[\w./-]{2,200})?/i,
  ],
  [
    'malformed',
    'file',
    /FATAL CONFIG FILE ERROR|Unexpected (?:token .{1,20} in|end of) JSON|is not valid JSON|private key does not match public key|failed to find any PEM data|PEM routines::?.{0,20}no start line/i,
  ],
  [
    'malformed',
    'setting',
    /\bconfig(?:uration)?(?: file)? (?:validation|parse|parsing|loading|check) (?:failed|error)\b(?:: ['"]?([\w.-]{2,100}))?/i,
  ],
  [
    'malformed',
    'setting',
    /\b(?:property|setting|option|parameter) ['"]?([\w.-]{2,100})['"]? (?:must (?:be|have|match)|has to be|should be) (?:an? |one of |set )/i,
  ],
  [
    'malformed',
    'setting',
    /unknown directive "([\w.-]{1,80})"|invalid number of arguments in "([\w.-]{1,80})" directive|"([\w.-]{1,80})" directive is (?:duplicate|not allowed here)|unexpected (?:end of file|"[^"]{1,3}") in \/etc\/\S+/,
  ],
  [
    'malformed',
    'setting',
    /database "([\w.-]{1,80})" does not exist|Unknown database '([\w.-]{1,80})'|role "([\w.-]{1,80})" does not exist/,
  ],
  [
    'malformed',
    'setting',
    /ImproperlyConfigured|ConfigurationError|InvalidConfig(?:uration)?(?:Exception|Error)?|ConfigException|Invalid(?:ConfigurationProperty|PropertyValue)|Failed to bind properties under '([\w.-]{1,120})'|ValidationError: \d+ validation errors? for \w*(?:Settings|Config)\w*(?:: ([\w.-]{1,120}))?/,
  ],
  ['malformed', 'setting', /bootstrap check failure \[\d+\] of \[\d+\]: .{0,80}?\b([a-z]+\.[a-z_.]{2,60})\b/],
  [
    'malformed',
    'setting',
    /directory "([^"]{1,200})" exists but is not empty|incompatible with server|data directory .{1,200} (?:has wrong ownership|has invalid permissions)/,
  ],
]

const configFile =
  /\.(?:ya?ml|json|toml|conf|cfg|cnf|ini|properties|xml|env|pem|crt|key|jks|p12|tpl|lua|hcl|txt|lic(?:ense)?)$|^\/(?:etc|config|configs|conf|secrets?|run\/secrets|vault|certs?|tls|var\/run\/secrets)\b|config|credential|secret/i

/** A fault of the program, in words that sound like those of a setting. */
const programError =
  /Cannot (?:read|set) propert(?:y|ies) (?:of |['"])|undefined method |NullPointerException|nil pointer dereference/

/** What a message says is wrong with the configuration; undefined where it is about something else. */
export const configProblemIn = (message: string): ConfigProblem | undefined => {
  const text = message.slice(0, 1500)
  if (programError.test(text)) return undefined
  for (const [what, kind, pattern] of patterns) {
    const match = pattern.exec(text)
    if (match === null) continue
    const name = match.slice(1).find((group) => group !== undefined)
    if (kind === 'file' && what === 'missing' && (name === undefined || !configFile.test(name))) continue
    if (kind === 'variable' && name !== undefined && !looksLikeVariable(name)) continue
    return { what, kind, ...(name === undefined ? {} : { name }) }
  }
  return undefined
}

const commonWords =
  /^(?:ERROR|ERR|FATAL|WARN|WARNING|INFO|DEBUG|NOT|THE|AND|HTTP|HTTPS|JSON|YAML|SQL|TLS|SSL|URL|API|NULL|TRUE|FALSE|GET|POST|PUT|DELETE|SQLSTATE|ENOENT|EACCES|ECONNREFUSED|ENOTFOUND|CRITICAL|EXCEPTION|MISSING|INVALID|REQUIRED)$/

/** Settings are written in capitals; where the pattern ignores case, a plain word is not one. */
const looksLikeVariable = (name: string): boolean =>
  name === name.toUpperCase() &&
  !commonWords.test(name) &&
  (name.includes('_') || name.length >= 4) &&
  !/^E[A-Z]{4,}$/.test(name)
