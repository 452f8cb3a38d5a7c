import { describe, expect, it } from 'vitest'
import type { IncidentWish } from '../../src/domain/incident-wish.ts'
import { runLine } from '../../src/verbs/run.ts'
import type { AppFace } from '../../src/verbs/verb.ts'

/** What a line asks the app for; the sentence where it asks for nothing. */
const asked = async (line: string) => {
  const wishes: (readonly [IncidentWish, string | undefined])[] = []
  const app: Partial<AppFace> = {
    tend: async (wish, incident) => {
      wishes.push([wish, incident])
      return 'done'
    },
    maintain: async (wish) => JSON.stringify(wish),
    windows: async () => [],
  }
  const context = { readers: new Map(), cluster: '', now: 0, signal: AbortSignal.timeout(1_000), app: app as AppFace }
  const { document } = await runLine(context, line)
  const [first] = document
  return wishes.length > 0 ? wishes : first?.kind === 'text' ? first.text : JSON.stringify(document)
}
const i1 = 'i-0a1b2c3d4e'
const i2 = 'i-5f6g7h8i9j'

describe('lines about an incident', () => {
  it.each<[string, IncidentWish, string | undefined]>([
    ['ack', { kind: 'acknowledge' }, undefined],
    [`acknowledge ${i1}`, { kind: 'acknowledge' }, i1],
    ['ack #4711', { kind: 'acknowledge' }, '#4711'],
    [`resolve ${i1}`, { kind: 'resolve' }, i1],
    ['escalate', { kind: 'escalate' }, undefined],
    ['note the vendor is told', { kind: 'note', text: 'the vendor is told' }, undefined],
    [`note ${i1} "rolled back"`, { kind: 'note', text: 'rolled back' }, i1],
    ['assign', { kind: 'assign' }, undefined],
    ['assign <@U0DAN|dan>', { kind: 'assign', user: 'U0DAN' }, undefined],
    [`assign ${i1} <@U0DAN>`, { kind: 'assign', user: 'U0DAN' }, i1],
    [`merge ${i1}`, { kind: 'merge', into: i1 }, undefined],
    [`merge ${i1} ${i2}`, { kind: 'merge', into: i2 }, i1],
    [`split ${i1}`, { kind: 'split', incident: i1 }, i1],
    [
      'link <https://jira.acme.dev/browse/OPS-12>',
      { kind: 'link', url: 'https://jira.acme.dev/browse/OPS-12', name: 'OPS-12' },
      undefined,
    ],
  ])('%s', async (line, wish, incident) => {
    expect(await asked(line)).toEqual([[wish, incident]])
  })

  it.each([
    ['note', 'What should the note say?'],
    ['assign dan', 'Mention the person with @'],
    ['merge payments', 'Into which one?'],
    ['link ops-12', 'Which address?'],
    ['maintenance soon', 'For how long?'],
    ['maintenance 48h', 'For how long?'],
    ['maintenance', 'No maintenance now.'],
  ])('%s asks for nothing, and says why', async (line, words) => {
    expect(await asked(line)).toContain(words)
  })

  it('opens maintenance where it says, and ends it', async () => {
    expect(await asked('maintenance 90m -n payments upgrade of postgres')).toBe(
      '{"namespace":"payments","seconds":5400,"reason":"upgrade of postgres"}',
    )
    expect(await asked('maintenance end --context prod-eu1')).toContain('"cluster":"prod-eu1","seconds":0')
  })
})
