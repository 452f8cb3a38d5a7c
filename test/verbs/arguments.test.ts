import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRefusal } from '../../src/domain/refusal.ts'
import { cleanText, nearest, parseArguments, splitWords } from '../../src/verbs/arguments.ts'
import { placeFlags } from '../../src/verbs/verb.ts'

describe('cleanText', () => {
  it.each([
    ['smart quotes', 'diagnose -q “what is it”', 'diagnose -q "what is it"'],
    ['an em dash before a flag', 'pods —namespace payments', 'pods --namespace payments'],
    ['an en dash before a short flag', 'pods –A', 'pods --A'],
    ['an auto-link', 'pods -n <http://payments.example|payments.example>', 'pods -n payments.example'],
    ['escaped entities', 'get pods -l a&lt;b &amp; c', 'get pods -l a<b & c'],
    ['zero-width characters', 'po\u200bds', 'pods'],
    ['a right-to-left override', 'pods \u202eprod', 'pods prod'],
    ['a NUL', 'pods\u0000', 'pods'],
  ])('undoes %s', (_, typed, clean) => expect(cleanText(typed)).toBe(clean))

  it('keeps a look-alike letter, so that it fails by name and never matches silently', () => {
    expect(cleanText('pods -n \u0440rod')).toBe('pods -n \u0440rod')
  })

  it('never throws, grows without bound or leaves invisible characters', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8_000, unit: 'binary' }), (typed) => {
        const clean = cleanText(typed)
        expect(clean.length).toBeLessThanOrEqual(3_100)
        for (const hidden of ['\u0000', '\u200b', '\u202e']) expect(clean).not.toContain(hidden)
      }),
    )
  })
})

describe('splitWords', () => {
  it('keeps quoted words together and expands nothing', () => {
    expect(splitWords(`diagnose -q "why is it slow" $(id) ; rm -rf /`)).toEqual([
      'diagnose',
      '-q',
      'why is it slow',
      '$(id)',
      ';',
      'rm',
      '-rf',
      '/',
    ])
  })
  it('refuses an open quote', () =>
    expect(splitWords('diagnose -q "why')).toMatchObject({ kind: 'refused', code: 'usage' }))
  it('gives back any words that need no quoting', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z0-9./=-]{1,12}$/), { maxLength: 8 }), (words) => {
        expect(splitWords(words.join('  '))).toEqual(words)
      }),
    )
  })
  it('answers any line with words or a refusal', () => {
    fc.assert(fc.property(fc.string(), (line) => isRefusal(splitWords(line)) || Array.isArray(splitWords(line))))
  })
})

describe('parseArguments', () => {
  const table = { ...placeFlags, tail: { value: 'N', help: '' }, previous: { short: 'p', help: '' } }
  const parsed = (line: string) => parseArguments(line.split(' '), table)

  it('reads long, short and joined flags in any place', () => {
    const result = parsed('deploy/checkout -n payments --tail=20 -p')
    if (isRefusal(result)) throw new Error(result.reason)
    expect(result.words).toEqual(['deploy/checkout'])
    expect(Object.fromEntries(result.flags)).toEqual({ namespace: 'payments', tail: '20', previous: true })
  })
  it('takes everything after -- as words', () => expect(parsed('-- --tail')).toMatchObject({ words: ['--tail'] }))
  it.each([
    ['an unknown flag, with the near one', '--tial 3', 'did you mean --tail?'],
    ['a flag without its value', 'x --tail', '--tail needs a value'],
    ['a value that a flag does not take', '--previous=yes', '--previous takes no value'],
    ['a flag of the prototype', '--constructor x', 'There is no option --constructor'],
  ])('refuses %s', (_, line, reason) =>
    expect(parsed(line)).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) }),
  )
})

describe('nearest', () => {
  const names = ['pods', 'describe', 'logs', 'events', 'restart', 'rollback', 'resources']
  it.each([
    ['poods', 'pods'],
    ['desc', 'describe'],
    ['lgos', 'logs'],
    ['rolback', 'rollback'],
    ['xyz', undefined],
    ['re', undefined],
  ])('%s → %s', (typed, meant) => expect(nearest(typed, names)).toBe(meant))
})
