/** Why the API server refused to create or change an object, as its message says. */
export type Refused =
  | {
      readonly kind: 'quota-exceeded'
      readonly quota: string
      /** By resource as quotas name them: `requests.cpu` → text amounts. */
      readonly requested: Readonly<Record<string, string>>
      readonly used: Readonly<Record<string, string>>
      readonly limited: Readonly<Record<string, string>>
    }
  | { readonly kind: 'quota-requires'; readonly quota: string; readonly missing: string }
  | { readonly kind: 'limit-range'; readonly rules: readonly LimitRule[]; readonly text: string }
  | { readonly kind: 'pod-security'; readonly level: string; readonly violations: string }
  | { readonly kind: 'webhook-denied'; readonly webhook: string; readonly reason: string }
  | { readonly kind: 'policy-denied'; readonly policy: string; readonly binding?: string; readonly reason: string }
  | {
      readonly kind: 'webhook-unavailable'
      readonly webhook: string
      readonly reason: string
      readonly service?: { readonly name: string; readonly namespace: string }
    }
  | { readonly kind: 'namespace-terminating'; readonly namespace: string }

/** One bound of a LimitRange that was broken: `maximum cpu usage per Container is 2, but limit is 4`. */
export type LimitRule = {
  readonly bound: 'max' | 'min' | 'ratio'
  readonly resource: string
  readonly type: string
  readonly allowed: string
  readonly text: string
}

const amounts = (text: string | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (text ?? '').split(',').flatMap((pair) => {
      const cut = pair.lastIndexOf('=')
      return cut < 0 ? [] : [[pair.slice(0, cut).trim(), pair.slice(cut + 1).trim()]]
    }),
  )

const limitRules = (text: string): readonly LimitRule[] => {
  const rules: LimitRule[] = []
  for (const found of text.matchAll(
    /\b(maximum|minimum) (\S+) usage per (\S+) is ([^\s,.\]]+(?:\.\d+\w*)?)[.,]\s+(No (?:request|limit) is specified|but (?:request|limit) is [^\s,\]]+)/g,
  )) {
    const [whole, bound, resource = '', type = '', allowed = ''] = found
    rules.push({ bound: bound === 'maximum' ? 'max' : 'min', resource, type, allowed, text: whole })
  }
  for (const found of text.matchAll(/(\S+) max limit to request ratio per (\S+) is ([^\s,]+), but ([^,\]]+)/g)) {
    const [whole, resource = '', type = '', allowed = ''] = found
    rules.push({ bound: 'ratio', resource: resource.replace(/^\[/, ''), type, allowed, text: whole.replace(/^\[/, '') })
  }
  return rules
}

const serviceIn = (text: string): { readonly name: string; readonly namespace: string } | undefined => {
  const url = /https?:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b/.exec(text)
  return url === null ? undefined : { name: url[1] ?? '', namespace: url[2] ?? '' }
}

const trimmed = (text: string): string => text.replace(/\s+/g, ' ').trim()

const quotaRefusal = (text: string): Refused | undefined => {
  const exceeded =
    /exceeded quota: ([^,\s]+), requested: (.*?), used: (.*?), limited: ([^\s]*=[^\s,]+(?:,[^\s,=]+=[^\s,]+)*)/.exec(
      text,
    )
  if (exceeded !== null) {
    const [, quota = '', requested, used, limited] = exceeded
    return {
      kind: 'quota-exceeded',
      quota,
      requested: amounts(requested),
      used: amounts(used),
      limited: amounts(limited),
    }
  }
  const requires = /failed quota: ([^:\s]+): must specify (.+?)(?:$|\n)/.exec(text)
  if (requires !== null)
    return { kind: 'quota-requires', quota: requires[1] ?? '', missing: trimmed(requires[2] ?? '') }
  return undefined
}

const webhookRefusal = (text: string): Refused | undefined => {
  const failed = /failed calling (?:admission )?webhook "?([^\s":]+)"?:\s*(.+)/s.exec(text)
  if (failed !== null) {
    const reason = trimmed(failed[2] ?? '').replace(/^failed to call webhook:\s*/, '')
    const service = serviceIn(reason)
    return {
      kind: 'webhook-unavailable',
      webhook: failed[1] ?? '',
      reason,
      ...(service === undefined ? {} : { service }),
    }
  }
  const denied = /admission webhook "?([^\s"]+)"? denied the request(?::\s*(.+)| without explanation)/s.exec(text)
  if (denied === null) return undefined
  return { kind: 'webhook-denied', webhook: denied[1] ?? '', reason: trimmed(denied[2] ?? 'without explanation') }
}

const policyRefusal = (text: string): Refused | undefined => {
  const found =
    /(?:ValidatingAdmissionPolicy|\bpolicy) ['"]([^'"]+)['"](?: with binding ['"]([^'"]+)['"])? denied request: (.+)/s.exec(
      text,
    )
  if (found === null) return undefined
  const [, policy = '', binding, reason = ''] = found
  return { kind: 'policy-denied', policy, reason: trimmed(reason), ...(binding === undefined ? {} : { binding }) }
}

const securityRefusal = (text: string): Refused | undefined => {
  const standard = /violates PodSecurity "([^"]+)": (.+)/s.exec(text)
  if (standard !== null) {
    return { kind: 'pod-security', level: standard[1] ?? '', violations: trimmed(standard[2] ?? '') }
  }
  const older = /unable to validate against any (pod security policy|security context constraint): (.+)/s.exec(text)
  if (older === null) return undefined
  return { kind: 'pod-security', level: older[1] ?? '', violations: trimmed(older[2] ?? '') }
}

const refusalWords =
  /quota|webhook|denied|PodSecurity|unable to (?:validate|create new content)|usage per|request ratio/

/** Reads the refusal out of an event, condition or error; undefined where the text tells of none. Kubernetes 1.20 to 1.36. */
export const parseRefusal = (message: string | undefined): Refused | undefined => {
  if (message === undefined || !refusalWords.test(message)) return undefined
  const text = message.slice(0, 4096)
  const told = webhookRefusal(text) ?? policyRefusal(text) ?? quotaRefusal(text) ?? securityRefusal(text)
  if (told !== undefined) return told
  const terminating = /unable to create new content in namespace (\S+) because it is being terminated/.exec(text)
  if (terminating !== null) return { kind: 'namespace-terminating', namespace: terminating[1] ?? '' }
  const rules = limitRules(text)
  return rules.length === 0 ? undefined : { kind: 'limit-range', rules, text: trimmed(text) }
}
