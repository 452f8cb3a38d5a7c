import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tagsOf } from '../../src/policy/ask-cedar.ts'
import { localTime } from '../../src/policy/local-time.ts'
import type { PolicyRequest, Verdict } from '../../src/policy/policy.ts'
import { load, loaded, request } from './policies.ts'

const rights = (verdict: Verdict): number => {
  switch (verdict.kind) {
    case 'deny':
      return 0
    case 'observe':
      return 1
    case 'needs-approval':
      return 10 - verdict.rule.quorum
    case 'allow':
      return 11
  }
}

describe('windows', () => {
  it.each([
    ['2026-11-20T10:00:00Z', 'UTC', { weekday: 5, minuteOfDay: 600, day: 20261120 }],
    ['2026-11-20T23:30:00Z', 'Europe/Berlin', { weekday: 6, minuteOfDay: 30, day: 20261121 }],
    ['2026-11-20T00:10:00Z', 'America/New_York', { weekday: 4, minuteOfDay: 19 * 60 + 10, day: 20261119 }],
    ['2026-07-01T00:00:00+02:00', 'Asia/Kolkata', { weekday: 3, minuteOfDay: 3 * 60 + 30, day: 20260701 }],
    // The hour that is skipped and the one that comes twice.
    ['2026-03-29T01:30:00Z', 'Europe/Berlin', { weekday: 0, minuteOfDay: 210, day: 20260329 }],
    ['2026-10-25T01:30:00Z', 'Europe/Berlin', { weekday: 0, minuteOfDay: 150, day: 20261025 }],
  ])('%s in %s', (at, zone, expected) => {
    expect(localTime(at, zone)).toEqual(expected)
  })

  it('hold in the time zone of the policy, which is part of its version', () => {
    const text = `
      @id("all") permit (principal, action, resource);
      @id("office-hours") @because("Changes are made on weekdays from 9 to 17 o'clock.")
      forbid (principal, action, resource)
      unless { context.weekday >= 1 && context.weekday <= 5 && context.minuteOfDay >= 540 && context.minuteOfDay < 1020 };
      @id("holidays") forbid (principal, action, resource) when { context.day >= 20261224 && context.day <= 20270101 };`
    const kind = (zone: string, at: string) => loaded(text, ['U123'], zone).verdict(request({ at })).kind
    expect(kind('Europe/Berlin', '2026-11-20T08:30:00Z')).toBe('needs-approval')
    expect(kind('UTC', '2026-11-20T08:30:00Z')).toBe('deny')
    expect(kind('Europe/Berlin', '2026-11-20T16:00:00Z')).toBe('deny')
    expect(kind('UTC', '2026-12-28T10:00:00Z')).toBe('deny')
    expect(loaded(text, ['U123'], 'UTC').version).not.toBe(loaded(text, ['U123'], 'Europe/Berlin').version)
  })
})

describe('terms that forbids add', () => {
  const all = '@id("all") permit (principal, action, resource);'

  it('more people, never fewer', () => {
    const policy = loaded(
      `${all} @id("pci") @quorum("2") forbid (principal, action, resource) when { resource.tags.contains("pci") };`,
    )
    const tagged = { namespaceLabels: { 'tag.cluster-doctor.dev/pci': '' } }
    expect(policy.verdict(request())).toMatchObject({ rule: { quorum: 1, determining: ['all'] } })
    expect(policy.verdict(request(tagged))).toMatchObject({ rule: { quorum: 2, determining: ['all', 'pci'] } })
  })

  it('a high risk needs two, whatever the rules say', () => {
    expect(loaded(all).verdict(request({ risk: 'high' }))).toMatchObject({
      kind: 'needs-approval',
      rule: { quorum: 2 },
    })
  })

  it('nobody-needed is not enough where a forbid asks for people', () => {
    const policy = loaded(`@id("all") @mode("auto") permit (principal, action, resource);
      @id("one") @quorum("1") forbid (principal, action, resource) when { resource.tags.contains("pci") };`)
    const low = { risk: 'low', cause: true } as const
    expect(policy.verdict(request(low)).kind).toBe('allow')
    expect(policy.verdict(request({ ...low, labels: { 'tag.cluster-doctor.dev/pci': 'true' } }))).toMatchObject({
      kind: 'needs-approval',
      rule: { quorum: 1 },
    })
  })

  it('people on call', () => {
    const policy = loaded(
      `${all} @id("night") @oncall("only") forbid (principal, action, resource) when { context.minuteOfDay < 420 };`,
    )
    expect(policy.verdict(request({ at: '2026-11-20T03:00:00Z' }))).toMatchObject({ rule: { onCallOnly: true } })
    expect(policy.verdict(request())).not.toHaveProperty('rule.onCallOnly')
    const asked = loaded('@id("oncall") permit (principal, action, resource) when { context.onCall };')
    expect(asked.verdict(request()).kind).toBe('deny')
    expect(asked.verdict(request({ onCall: true })).kind).toBe('needs-approval')
  })

  it('tags come from labels of the object and its namespace', () => {
    const prefix = 'tag.cluster-doctor.dev/'
    expect(tagsOf({ [`${prefix}pci`]: 'true' }, { [`${prefix}sox`]: '', [`${prefix}pci`]: '' })).toEqual(['pci', 'sox'])
    expect(tagsOf({ [`${prefix}pci`]: 'false', app: 'web', 'cluster-doctor.dev/pci': 'true' })).toEqual([])
  })
})

describe('a verdict reads the same however the rules are ordered', () => {
  const forbids = ['c', 'a', 'b'].map(
    (id) => `@id("${id}") @because("Because ${id}.") forbid (principal, action, resource);`,
  )
  const watching = ['c', 'a', 'b'].map(
    (id) => `@id("${id}") @mode("observe") @because("Because ${id}.") forbid (principal, action, resource);`,
  )
  const all = '@id("all") permit (principal, action, resource);'
  const orders = (texts: readonly string[]) => [texts, texts.toReversed(), texts.toSorted()]

  it('where it denies', () => {
    for (const texts of orders(forbids))
      expect(loaded([all, ...texts].join('\n')).verdict(request())).toEqual({
        kind: 'deny',
        code: 'forbidden',
        reasons: ['Because a.', 'Because b.', 'Because c.'],
        determining: ['a', 'b', 'c'],
      })
  })

  it('where it only observes', () => {
    for (const texts of orders(watching))
      expect(loaded([all, ...texts].join('\n')).verdict(request())).toMatchObject({
        kind: 'observe',
        reasons: ['Because a.', 'Because b.', 'Because c.'],
        rule: { determining: ['a', 'all', 'b', 'c'] },
      })
  })

  it('where several permits name approvers', () => {
    const permit = (id: string, who: string) =>
      `@id("${id}") @approvers("${who}") permit (principal, action, resource);`
    for (const texts of orders([permit('z', 'U0Z,U0B'), permit('m', 'U0A,U0B')]))
      expect(loaded(texts.join('\n')).verdict(request())).toMatchObject({
        rule: { approvers: ['U0A', 'U0B', 'U0Z'], determining: ['m', 'z'] },
      })
    expect(loaded(all, ['U9', 'U1', 'U9']).verdict(request())).toMatchObject({ rule: { approvers: ['U1', 'U9'] } })
  })

  it('where a break-glass lifts several', () => {
    const lifting = ['c', 'a'].map((id) => `@id("${id}") @breakglass("may-lift") forbid (principal, action, resource);`)
    for (const texts of orders(lifting))
      expect(loaded([all, ...texts].join('\n')).verdict(request({ lifted: ['a', 'c'] }))).toMatchObject({
        rule: { determining: ['all', 'break-glass:a', 'break-glass:c'], quorum: 2 },
      })
  })

  it('where nothing permits, it names no rule', () => {
    expect(loaded('@id("no") permit (principal, action, resource) when { false };').verdict(request())).toEqual({
      kind: 'deny',
      code: 'not-permitted',
      reasons: ['The policy names nothing that allows rollback-rollout here.'],
      determining: [],
    })
  })
})

describe('a break-glass', () => {
  const policy = loaded()
  const protectedOne = { target: { ...request().target, namespace: 'kube-system' } }

  it('lifts the rules it names, for two people, and no other rule', () => {
    expect(policy.liftable).toEqual(['protected-namespace', 'observe-only'])
    const lifted = policy.verdict(request({ ...protectedOne, lifted: ['protected-namespace'] }))
    expect(lifted).toMatchObject({ kind: 'needs-approval', rule: { quorum: 2 } })
    expect(lifted).toHaveProperty('rule.determining', ['catalogue', 'break-glass:protected-namespace'])
    for (const more of [{ lifted: ['observe-only'] }, { lifted: ['protected-namespace'], frozen: true }])
      expect(policy.verdict(request({ ...protectedOne, ...more })).kind).toBe('deny')
    expect(policy.verdict(request({ frozen: true, lifted: ['frozen'] })).kind).toBe('deny')
    expect(policy.verdict(request({ action: 'something-new', lifted: ['catalogue'] })).kind).toBe('deny')
  })

  it('never leads to a change without approval', () => {
    const own = loaded(`@id("auto") @mode("auto") permit (principal, action, resource);
      @id("no") @breakglass("may-lift") forbid (principal, action, resource);`)
    expect(own.verdict(request({ risk: 'low', cause: true, lifted: ['no'] }))).toMatchObject({ rule: { quorum: 2 } })
  })
})

describe('an explanation', () => {
  const policy = loaded()
  const of = (more: Partial<PolicyRequest>, id: string) =>
    policy.explain(request(more)).find((finding) => finding.id === id)

  it('says of each rule whether it applies, and of one that does not the part that does not hold', () => {
    expect(of({}, 'catalogue')).toMatchObject({ effect: 'permit', applies: true })
    expect(of({ action: 'something-new' }, 'catalogue')).toMatchObject({
      applies: false,
      why: 'does not name something-new',
    })
    expect(of({}, 'frozen')).toMatchObject({ applies: false, why: 'not so: context.frozen' })
    expect(of({ frozen: true }, 'frozen')).toMatchObject({ applies: true })
    const system = { target: { ...request().target, namespace: 'kube-system' } }
    expect(of(system, 'protected-namespace')).toMatchObject({ applies: true, liftable: true })
    expect(of({ ...system, action: 'open-pull-request' }, 'protected-namespace')?.why).toMatch(
      /^excepted by: .*open-pull-request/,
    )
    expect(
      of({ target: { apiVersion: 'v1', kind: 'Node', name: 'n1' }, action: 'cordon-node' }, 'protected-namespace'),
    ).toMatchObject({
      applies: false,
      why: 'not so: resource has namespace',
    })
    expect(of({ risk: 'low', cause: true }, 'auto-where-labelled')?.why).toContain('does not name')
    expect(of({ risk: 'low', action: 'restart-rollout' }, 'auto-where-labelled')?.why).toBe('not so: context.cause')
  })

  it('tells a rule about somebody else from one whose condition does not hold', () => {
    const own = loaded(
      '@id("ana") permit (principal == Doctor::Person::"U0ANA", action, resource) when { context.cause };',
    )
    const why = (id: string, cause: boolean) => own.explain(request({ requester: { id, name: id }, cause }))[0]
    expect(why('U0BEN', true)).toMatchObject({ applies: false, why: 'is about another person or object' })
    expect(why('U0ANA', false)).toMatchObject({ applies: false, why: 'not so: context.cause' })
    expect(why('U0ANA', true)).toMatchObject({ applies: true, why: 'so: context.cause' })
  })

  it('agrees with the verdict: what is denied has a forbid that applies or no permit that does', () => {
    fc.assert(
      fc.property(requests, (more) => {
        const asked = request(more)
        const verdict = policy.verdict(asked)
        const rules = policy.explain(asked)
        const permitted = rules.some((rule) => rule.effect === 'permit' && rule.applies)
        const forbidden = rules.filter((rule) => rule.effect === 'forbid' && rule.applies).map((rule) => rule.id)
        if (verdict.kind === 'deny' && verdict.code === 'forbidden')
          expect(forbidden).toEqual(expect.arrayContaining([...verdict.determining]))
        if (verdict.kind === 'deny' && verdict.code === 'not-permitted') expect(permitted).toBe(false)
        if (verdict.kind !== 'deny') expect(permitted).toBe(true)
      }),
      { numRuns: 8 },
    )
  })
})

const requests = fc.record({
  action: fc.constantFrom('rollback-rollout', 'restart-rollout', 'scale-workload', 'evict-pod', 'something-new'),
  risk: fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
  previewed: fc.boolean(),
  frozen: fc.boolean(),
  cause: fc.boolean(),
  onCall: fc.boolean(),
  target: fc.constantFrom('shop', 'kube-system').map((namespace) => ({ ...request().target, namespace })),
  labels: fc.constantFrom({}, { 'cluster-doctor.dev/mode': 'observe' }, { 'tag.cluster-doctor.dev/pci': '' }),
  namespaceLabels: fc.constantFrom({}, { 'cluster-doctor.dev/mode': 'auto' }, { 'cluster-doctor.dev/mode': 'observe' }),
  blast: fc.record({ pods: fc.constantFrom(0, 3, 21, 60), workloads: fc.nat(3), services: fc.nat(3) }),
  at: fc.constantFrom('2026-11-20T10:00:00Z', '2026-11-22T03:00:00Z'),
})

describe('verdicts are monotone', () => {
  const conditions = [
    'context.cause',
    'context.frozen',
    'context.pods > 5',
    'context.risk == "low"',
    'resource.tags.contains("pci")',
    'true',
  ]
  const forbid = fc.record({
    notes: fc.constantFrom(
      '',
      '@mode("observe")',
      '@quorum("2")',
      '@quorum("5")',
      '@oncall("only")',
      '@breakglass("may-lift")',
    ),
    when: fc.constantFrom(...conditions),
  })
  const permits = `
    @id("p1") @mode("auto") permit (principal, action, resource) when { context.risk == "low" };
    @id("p2") permit (principal, action == Doctor::Action::"restart-rollout", resource);
    @id("p3") @quorum("2") permit (principal, action, resource) when { context.risk == "medium" };`

  it('one more forbid never adds rights, whatever it says', () => {
    const base = loaded(permits)
    fc.assert(
      fc.property(
        fc.array(forbid, { minLength: 1, maxLength: 3 }),
        fc.array(requests, { minLength: 8, maxLength: 8 }),
        (forbids, many) => {
          const text = forbids.map(
            ({ notes, when }, i) => `@id("f${i}") ${notes} forbid (principal, action, resource) when { ${when} };`,
          )
          const fewer = loaded(`${permits}\n${text.slice(0, -1).join('\n')}`)
          const more = loaded(`${permits}\n${text.join('\n')}`)
          for (const one of many) {
            const asked = request(one)
            expect(rights(more.verdict(asked))).toBeLessThanOrEqual(rights(fewer.verdict(asked)))
            expect(rights(fewer.verdict(asked))).toBeLessThanOrEqual(rights(base.verdict(asked)))
          }
        },
      ),
      { numRuns: 6 },
    )
  })

  it('lifting rules never makes anything automatic and never lifts what is not named', () => {
    const policy = loaded()
    fc.assert(
      fc.property(
        requests,
        fc.subarray(['frozen', 'protected-namespace', 'catalogue', 'regulated-needs-two']),
        (more, lifted) => {
          const [without, with_] = [policy.verdict(request(more)), policy.verdict(request({ ...more, lifted }))]
          if (rights(with_) > rights(without)) {
            expect(lifted).toContain('protected-namespace')
            expect(with_.kind !== 'deny' && with_.rule.quorum).toBeGreaterThanOrEqual(2)
          }
          if (more.frozen) expect(with_.kind).toBe('deny')
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('a rule that errs', () => {
  it('denies everything, whichever way it would have said', () => {
    const overflows = 'when { context.pods * 9223372036854775807 > 0 }'
    for (const effect of ['forbid', 'permit']) {
      const policy = loaded(
        `@id("all") permit (principal, action, resource); @id("x") ${effect} (principal, action, resource) ${overflows};`,
      )
      expect(policy.verdict(request())).toEqual({
        kind: 'deny',
        code: 'policy-failed',
        reasons: ['Rule x could not be evaluated.'],
        determining: [],
      })
    }
  })
})

describe('many rules', () => {
  it('are explained in the order in which they are written', () => {
    const ids = Array.from({ length: 14 }, (_, i) => `r${i}`)
    const text = ids.map((id) => `@id("${id}") permit (principal, action, resource);`).join('\n')
    expect(
      loaded(text)
        .explain(request())
        .map((rule) => rule.id),
    ).toEqual(ids)
  })
})

describe('a policy that cannot be loaded', () => {
  it('says where', () => {
    expect(load('@id("a") @mode("watch") permit (principal, action, resource);').kind).toBe('invalid')
  })
})
