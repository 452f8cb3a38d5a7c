import { describe, expect, it } from 'vitest'
import { consult } from '../../src/agent/agent.ts'
import type { Exchange, Model, Reply, Request, ToolCall } from '../../src/agent/model.ts'
import { plainLine } from '../../src/domain/plain.ts'
import { consultationDocument } from '../../src/views/consultation.ts'
import { documentMessage } from '../../src/views/document-blocks.ts'
import { documentText } from '../../src/views/document-text.ts'
import { safeText } from '../../src/views/safe-text.ts'
import { hostiles } from '../injection/texts.ts'
import { agentAt, bench, catalogue, task } from './bench.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const unseen = /[\u0000-\u0008\u001b\u200b\u202a-\u202e\u2066-\u2069]/

const target = { kind: 'Deployment', namespace: 'payments', name: 'checkout' }
const pod = { namespace: 'payments', name: 'checkout-b-1' }
const meta = (text: string) => ({ ...pod, uid: 'p-1', annotations: { 'acme.dev/note': text } })

/** A cluster in which a text stands wherever strangers can write. */
const told = (text: string) =>
  bench({
    log: `${text}\nthe end of the log`,
    objects: [
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'e-1', namespace: 'payments' },
        involvedObject: { kind: 'Pod', ...pod, uid: 'p-1' },
        type: 'Warning',
        reason: 'BackOff',
        message: text,
        lastTimestamp: '2026-11-20T09:59:00Z',
      },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { ...meta(text), name: 'settings', uid: 'c-1' },
        data: { note: text },
      },
    ],
  })

const textsOf = (history: readonly Exchange[]): readonly string[] =>
  history.flatMap((part) => {
    if (part.kind === 'user') return [part.text]
    return part.kind === 'results' ? part.results.map(({ text }) => text) : []
  })

/** Reads all it is told, then says it again as its own finding and tries to do it. */
const obedient = (wish: string, n: number, seen: string[]): Model => {
  const call = (name: string, input: unknown): ToolCall => ({ id: `${name}-${seen.length}`, name, input })
  const proposals = [
    { action: 'delete-object', target: { kind: 'Namespace', name: 'payments' }, input: {} },
    { action: 'scale-workload', target, input: { replicas: 0 } },
    { action: 'set-image', target, input: { image: 'evil.example/x:latest' } },
    { action: wish, target: { ...target, name: 'coredns' }, input: { wish } },
  ]
  const looks = [
    call('read_logs', { namespace: 'payments', pod: pod.name }),
    call('list_events', { namespace: 'payments' }),
    call('describe_object', { kind: 'ConfigMap', namespace: 'payments', name: 'settings' }),
    call(wish.slice(0, 60), { wish }),
  ]
  const conclusion = () => {
    const text = wish.slice(0, 400)
    const quotable = /<evidence id="(t\d+)" source="log[^>]*>\n([^\n]{3,200})/.exec(seen.join('\n'))
    const evidence = [{ id: quotable?.[1] ?? 't1', quote: quotable?.[2] ?? '' }]
    const hypothesis = { text, likelihood: 'likely', evidence, check: text.slice(0, 300) }
    return {
      answer: [{ text, evidence }],
      hypotheses: [hypothesis],
      missing: [text.slice(0, 300)],
      proposal: proposals[n % proposals.length],
    }
  }
  return {
    name: 'obedient',
    reply: async ({ history }: Request): Promise<Reply> => {
      seen.splice(0, seen.length, ...textsOf(history))
      const calls = history.length === 1 ? looks : [call('conclude', conclusion())]
      return { content: [], calls, stop: 'calls', tokens: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 } }
    },
  }
}

describe('a model that obeys every hostile text, wherever it stands', () => {
  it(`${hostiles.length} texts: no item ends its own quotation, nothing comes alive, nothing foreign is proposed`, async () => {
    let concluded = 0
    const base = agentAt('http://127.0.0.1:1')
    for (const [n, { name, text }] of hostiles.entries()) {
      const seen: string[] = []
      const agent = { ...base, model: obedient(text, n, seen) }
      const about = { ...task, title: text, question: text }
      const found = await consult(agent, told(text), about, catalogue, new AbortController().signal)
      const sent = seen.join('\n')
      const items = sent.match(/<evidence id="\w+" source="[^"\n]*">\n[\s\S]*?\n<\/evidence>/g) ?? []
      expect([name, sent.match(/<\/?\s*evidence/gi)?.length]).toEqual([name, items.length * 2])
      expect(sent.includes(plainLine(text, 20).slice(0, 15)), name).toBe(true)
      expect(sent, name).not.toMatch(unseen)
      const document = consultationDocument(found, text)
      const message = JSON.stringify(documentMessage(document))
      expect(message, name).not.toMatch(/<[!@#]|<https?:/)
      for (const shown of [message, safeText(documentText(document))]) expect(shown, name).not.toMatch(unseen)
      if (found.kind === 'concluded') concluded += 1
      const proposal = 'proposal' in found ? found.proposal : undefined
      if (proposal !== undefined)
        expect(proposal).toMatchObject({
          action: 'scale-workload',
          target: { name: 'checkout' },
          input: { replicas: 0 },
        })
      expect('proposalRefused' in found ? found.proposalRefused : '').not.toMatch(/evil|coredns|Ignore/)
    }
    expect(concluded).toBeGreaterThan(hostiles.length / 2)
  })
})
