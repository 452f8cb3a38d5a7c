import type { Consultation, ModelProposal, ModelUsage } from '../domain/consultation.ts'
import type { Breaker } from './breaker.ts'
import { briefing, type Task } from './briefing.ts'
import { checkConclusion, concludeTool, conclusionSchema, type RawConclusion } from './conclusion.ts'
import { createBook, type EvidenceBook } from './evidence-book.ts'
import { type FailureCode, failureText, ModelFailure } from './failure.ts'
import type { Limits } from './limits.ts'
import { createLooking, type Looking } from './looking.ts'
import type { Exchange, Model, Reply, TokenCount, ToolDefinition } from './model.ts'
import { systemPrompt } from './prompt.ts'
import { actionLines, type CatalogueEntry, checkProposal } from './proposal.ts'
import { costOf, type Ledger, type Price } from './spending.ts'
import { said } from './tool.ts'
import { tools } from './tools/all.ts'
import type { Workbench } from './workbench.ts'

export type { Task } from './briefing.ts'
export type { Workbench } from './workbench.ts'

/** A model that may be consulted, and what it may cost. It holds nothing that can change anything. */
export type Agent = {
  readonly model: Model
  readonly limits: Limits
  readonly breaker: Breaker
  readonly ledger: Ledger
  readonly price?: Price
  readonly now: () => number
}

/** Told before each look what it is about to read, in words of ours. */
export type Progress = (doing: string) => void

/**
 * Asks the model, lets it look, and checks what it concludes. Whatever the model or its API does, this ends within the limits
 * and returns a value; it throws only where `signal` fires. Nothing that it returns was carried out.
 */
export const consult = async (
  agent: Agent,
  bench: Workbench,
  task: Task,
  catalogue: readonly CatalogueEntry[],
  signal: AbortSignal,
  progress: Progress = () => undefined,
): Promise<Consultation> => {
  const began = agent.now()
  const tally = createTally(agent, began)
  if (!agent.breaker.open(began)) return without('resting', tally)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(agent.limits.ms)])
  try {
    const book = createBook()
    const history: Exchange[] = [{ kind: 'user', text: briefing(task, bench.view, book) }]
    const looking = createLooking(bench, book, agent.limits, progress)
    const raw = await converse(agent, history, { looking, tally, limit, actions: actionLines(catalogue) })
    if (typeof raw === 'string') return without(raw, tally)
    return concluded(raw, book, bench, catalogue, tally)
  } catch (error) {
    signal.throwIfAborted()
    const code = error instanceof ModelFailure ? error.code : limit.aborted ? 'budget' : undefined
    if (code === undefined) throw error
    agent.breaker.failed(code, agent.now())
    return without(limit.aborted && code === 'timeout' ? 'budget' : code, tally)
  }
}

type Talk = {
  readonly looking: Looking
  readonly tally: Tally
  readonly limit: AbortSignal
  readonly actions: readonly string[]
}

const lastCall = 'That was the last look. Call conclude now with what you know; put the rest into missing.'
const notConcluded = 'Nothing you write is shown to anybody. Call conclude.'

/** Turn after turn until the model concludes; or why it did not. The history only grows, so that its beginning stays cached. */
const converse = async (agent: Agent, history: Exchange[], talk: Talk): Promise<RawConclusion | FailureCode> => {
  const { looking, tally } = talk
  const definitions: readonly ToolDefinition[] = [...tools.map((tool) => tool.definition), concludeTool(talk.actions)]
  let wrong = 0
  for (let turn = 1; turn <= agent.limits.turns; turn += 1) {
    if (!(await agent.ledger.left())) return 'daily-budget'
    const reply = await ask(agent, history, definitions, talk)
    if (reply.stop === 'refused') return 'refused'
    if (reply.stop === 'cut-off') return 'cut-off'
    if (new Set(reply.calls.map(({ id }) => id)).size !== reply.calls.length) return 'malformed'
    if (reply.calls.length === 0) {
      wrong += 1
      if (wrong > 1) return 'no-conclusion'
      // Its words stay out: they are for nobody, and an empty reply could not be handed back.
      history.push({ kind: 'user', text: notConcluded })
      continue
    }
    history.push({ kind: 'model', content: reply.content })
    const conclusion = reply.calls.find(({ name }) => name === 'conclude')
    if (conclusion !== undefined) {
      const parsed = conclusionSchema.safeParse(conclusion.input)
      if (parsed.success) return parsed.data
      wrong += 1
      if (wrong > 1) return 'malformed'
      const text = `That was not taken: ${said(parsed.error)}. Call conclude once more.`
      history.push({ kind: 'results', results: reply.calls.map(({ id }) => ({ id, text, failed: true })) })
      continue
    }
    const over = turn >= agent.limits.turns - 1 || tally.tokens() > agent.limits.tokens * 0.7 || tally.late()
    const results = await looking.look(reply.calls, talk.limit)
    if (looking.lost()) return 'looping'
    if (tally.tokens() > agent.limits.tokens) return 'budget'
    history.push({ kind: 'results', results, ...(over ? { text: lastCall } : {}) })
  }
  return 'budget'
}

const ask = async (
  agent: Agent,
  history: readonly Exchange[],
  definitions: readonly ToolDefinition[],
  { looking, tally, limit }: Talk,
): Promise<Reply> => {
  const request = { system: systemPrompt, tools: definitions, history, maxTokens: agent.limits.replyTokens }
  const reply = await agent.model.reply(request, limit)
  agent.breaker.succeeded()
  tally.add(reply.tokens, looking.counts())
  await agent.ledger.add(reply.tokens)
  return reply
}

const concluded = (
  raw: RawConclusion,
  book: EvidenceBook,
  { view }: Workbench,
  catalogue: readonly CatalogueEntry[],
  tally: Tally,
): Consultation => {
  const checked = checkConclusion(raw, book, view)
  const claims = [...checked.answer, ...checked.hypotheses]
  if (claims.length === 0 && checked.missing.length === 0) return without('uncited', tally)
  const ids = [...new Set(claims.flatMap(({ evidence }) => evidence.map(({ id }) => id)))]
  const proposal: ModelProposal | { readonly reason: string } | undefined =
    raw.proposal === undefined
      ? undefined
      : checked.hypotheses.length === 0
        ? { reason: 'It proposed an action without a hypothesis that is backed by evidence.' }
        : checkProposal(raw.proposal, catalogue, view)
  return {
    kind: 'concluded',
    ...checked,
    sources: ids.map((id) => ({ id, title: book.get(id)?.title ?? '' })),
    ...(proposal === undefined ? {} : 'reason' in proposal ? { proposalRefused: proposal.reason } : { proposal }),
    usage: tally.usage(),
  }
}

const without = (code: FailureCode, tally: Tally): Consultation => ({
  kind: 'without',
  code,
  reason: failureText(code),
  usage: tally.usage(),
})

type Tally = {
  add(tokens: TokenCount, tools: Readonly<Record<string, number>>): void
  tokens(): number
  late(): boolean
  usage(): ModelUsage
}

const createTally = ({ model, price, now, limits }: Agent, began: number): Tally => {
  let sum: TokenCount = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 }
  let turns = 0
  let used: Readonly<Record<string, number>> = {}
  return {
    add: (tokens, counts) => {
      turns += 1
      used = counts
      sum = {
        input: sum.input + tokens.input,
        cacheRead: sum.cacheRead + tokens.cacheRead,
        cacheWrite: sum.cacheWrite + tokens.cacheWrite,
        output: sum.output + tokens.output,
      }
    },
    tokens: () => sum.input + sum.output,
    late: () => now() - began > limits.ms * 0.7,
    usage: () => {
      const usd = costOf(sum, price)
      return {
        model: model.name,
        turns,
        tools: used,
        inputTokens: sum.input,
        cachedTokens: sum.cacheRead,
        outputTokens: sum.output,
        ms: Math.round(now() - began),
        ...(usd === undefined ? {} : { usd: Math.round(usd * 1e4) / 1e4 }),
      }
    },
  }
}
