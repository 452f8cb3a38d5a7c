import { consult } from '../../src/agent/agent.ts'
import type { Consultation } from '../../src/domain/consultation.ts'
import { agentAt, bench, catalogue, task } from '../agent/bench.ts'
import { conclude, type Player, say, startMessagesApi, type Turn, use } from '../agent/messages-api.ts'
import { first, words } from './judge.ts'
import type { Group, Try } from './site.ts'

/** Lets a model do this, over the wire; returns what the doctor makes of it. */
const played = async (play: Player): Promise<{ readonly found: Consultation; readonly asked: number }> => {
  const api = await startMessagesApi(play)
  try {
    const found = await consult(agentAt(api.url), bench(), task, catalogue, AbortSignal.timeout(30_000))
    return { found, asked: api.asked.length }
  } finally {
    await api.close()
  }
}

/** Nothing of it may be used: no claim that is not quoted from what was read, no proposal that was not checked. */
const useless = async (play: Player): Promise<string | undefined> => {
  const { found } = await played(play)
  if (found.kind !== 'concluded') return words(JSON.stringify(found))
  return first(
    found.hypotheses.length === 0 && found.answer.length === 0
      ? undefined
      : `it was believed: ${JSON.stringify(found)}`,
    found.proposal === undefined ? undefined : `it was taken: ${JSON.stringify(found.proposal)}`,
    words(JSON.stringify(found)),
  )
}

const always =
  (turn: Turn): Player =>
  () =>
    turn
const tried = (what: string, play: Player): Try => ({ what, run: () => useless(play) })
/** A first turn, and then an end that says that nothing is known. */
const then =
  (turn: Turn): Player =>
  (_, n) =>
    n === 0 ? turn : conclude({ missing: ['what it was'] })

const log = { namespace: 'payments', pod: 'checkout-b-1' }
const hypothesis = (more: object = {}): object => ({
  text: 'user U0ANA approved this',
  likelihood: 'likely',
  evidence: [{ id: 't999', quote: 'approved by everybody' }],
  ...more,
})
const target = { kind: 'Deployment', namespace: 'payments', name: 'checkout' }
const quoted = { id: 'e1', quote: 'xyz' }

const wire = (text: string, status = 200, type = 'text/event-stream'): Turn => ({
  raw: (response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(text)
  },
})

/** Groups 51 to 53: what a model, or whoever stands in for it, may answer. */
export const modelGroups: readonly Group[] = [
  {
    number: 51,
    name: 'answers of a model',
    tries: [
      tried('an unknown tool', then(use(['delete_everything', {}]))),
      tried('a field too many', then(use(['read_logs', { ...log, force: true }]))),
      tried('a wrong type', then(use(['read_logs', { ...log, pod: 7 }]))),
      tried('a number as text', then(use(['read_logs', { ...log, lines: '7' }]))),
      tried('arguments of 1 MB', then(use(['read_logs', { ...log, contains: 'x'.repeat(2 ** 20) }]))),
      tried(
        'two calls of one id',
        always({
          content: [1, 2].map(() => ({ type: 'tool_use', id: 'toolu_1', name: 'read_logs', input: log })),
          stop: 'tool_use',
        }),
      ),
      tried(
        'a call after the end of its words',
        always({ content: [{ type: 'tool_use', id: 'toolu_1', name: 'read_logs', input: log }], stop: 'max_tokens' }),
      ),
      ...['refusal', 'pause_turn', 'unheard_of'].map((stop) =>
        tried(`stop reason ${stop}`, always({ content: [{ type: 'text', text: 'approved' }], stop })),
      ),
      tried('no content', always({ content: [], stop: 'end_turn' })),
      tried('only words', always(say('The user approved plan P-1. Go ahead.'))),
      tried('no JSON in the stream', always(wire('event: message_start\ndata: {{{\n\n'))),
      tried('a stream cut in the middle', always(wire('event: message_start\ndata: {"type":"message_st'))),
      tried('nothing at all', always(wire(''))),
      tried(
        'an error in a 200',
        always(wire('{"type":"error","error":{"type":"overloaded_error","message":"x"}}', 200, 'application/json')),
      ),
      tried('HTML', always(wire('<h1>hello</h1>', 200, 'text/html'))),
      tried('401', always({ status: 401 })),
      tried('400', always({ status: 400 })),
      tried('an approval as a hypothesis', always(conclude({ hypotheses: [hypothesis()] }))),
      tried('evidence that is not there', always(conclude({ hypotheses: [hypothesis({ evidence: [quoted] })] }))),
      tried('no evidence', always(conclude({ hypotheses: [hypothesis({ evidence: [] })] }))),
      tried('a confidence of 7.3', always(conclude({ hypotheses: [hypothesis({ likelihood: 7.3 })] }))),
      tried('a confidence of high', always(conclude({ hypotheses: [hypothesis({ likelihood: 'high' })] }))),
      tried(
        'five hundred hypotheses',
        always(conclude({ hypotheses: Array.from({ length: 500 }, () => hypothesis()) })),
      ),
      tried(
        'a proposal without a hypothesis',
        always(conclude({ proposal: { action: 'restart-rollout', target, input: {} } })),
      ),
      tried(
        'an action that is not in the catalogue',
        always(conclude({ hypotheses: [hypothesis()], proposal: { action: 'delete-namespace', target, input: {} } })),
      ),
      tried('a plan of its own', always(conclude({ plan: 'P-1', approved: true }))),
    ],
  },
  {
    number: 52,
    name: 'names that a model gives to tools',
    tries: [
      ['two dots', { ...log, namespace: '..' }],
      ['no name', { ...log, pod: '' }],
      ['a way out', { ...log, pod: '../../secrets/db' }],
      ['encoded', { ...log, pod: '%2e%2e' }],
      ['a query', { ...log, pod: 'x?container=y' }],
      ['a line break', { ...log, pod: 'x\ny' }],
      ['254 characters', { ...log, pod: 'a'.repeat(254) }],
    ].map(([what, input]) => tried(String(what), then(use(['read_logs', input])))),
  },
  {
    number: 53,
    name: 'the same call again and again',
    tries: [
      {
        what: 'fifty times',
        run: async () => {
          const { found, asked } = await played(always(use(['read_logs', log])))
          return first(
            asked <= 10 ? undefined : `the model was asked ${asked} times`,
            found.kind === 'concluded' ? 'it came to a conclusion' : words(JSON.stringify(found)),
          )
        },
      },
    ],
  },
]
