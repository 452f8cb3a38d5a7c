import {
  type Claim,
  type Consultation,
  type ModelHypothesis,
  type ModelUsage,
  modelName,
} from '../domain/consultation.ts'
import { type Block, type Document, note, text, title } from '../domain/document.ts'
import { refText } from '../domain/object.ts'
import { count } from '../domain/words.ts'

type Concluded = Extract<Consultation, { kind: 'concluded' }>

/** What the model said, for every medium: always under its name, with its quotes, what it does not know, and what it cost. */
export const consultationDocument = (said: Consultation, question?: string): Document => {
  const name = modelName(said.usage.model)
  if (said.kind === 'without')
    return [note(`${name} could not help: ${said.reason}. Everything else stands without it.`)]
  const nothing = said.answer.length === 0 && said.hypotheses.length === 0
  return [
    title(question === undefined ? `${name}’s hypothesis` : `${name}’s answer`),
    ...(nothing ? [text('I do not know. Nothing that I could read tells.')] : []),
    ...said.answer.flatMap(claimBlocks),
    ...said.hypotheses.flatMap(hypothesisBlocks),
    ...missingBlocks(said),
    ...proposalBlocks(said),
    ...sourceBlocks(said),
    note(
      `A language model said this; no analyzer confirmed it, and nothing is done without a person. ${usageText(said.usage)}${droppedText(said)}`,
    ),
  ]
}

const claimBlocks = (claim: Claim): readonly Block[] => [text(`${claim.text} ${idsOf(claim)}`)]

const idsOf = ({ evidence }: Claim): string => `(${[...new Set(evidence.map(({ id }) => id))].join(', ')})`

const words = { likely: 'Likely', possible: 'Possible', unlikely: 'Unlikely' } as const

const hypothesisBlocks = (hypothesis: ModelHypothesis): readonly Block[] => {
  const { likelihood, code, object, check } = hypothesis
  const what = [code, object === undefined ? undefined : refText(object)].filter((part) => part !== undefined)
  const of = what.length === 0 ? '' : ` [${what.join(' on ')}]`
  return [
    text(`${words[likelihood]}: ${hypothesis.text} ${idsOf(hypothesis)}${of}`),
    ...(check === undefined ? [] : [note(`To check: ${check}`)]),
  ]
}

const missingBlocks = ({ missing }: Concluded): readonly Block[] =>
  missing.length === 0 ? [] : [text('Not known:'), { kind: 'list', items: missing }]

const proposalBlocks = ({ proposal, proposalRefused }: Concluded): readonly Block[] => {
  if (proposalRefused !== undefined) return [note(`Its proposal was not taken. ${proposalRefused}`)]
  if (proposal === undefined) return []
  return [text(`It proposes ${proposal.action} on ${refText(proposal.target)}. Only people decide about that.`)]
}

/** Each quote under its source, so that a claim can be checked without looking anything up. */
const sourceBlocks = ({ answer, hypotheses, sources }: Concluded): readonly Block[] => {
  const citations = [...answer, ...hypotheses].flatMap(({ evidence }) => evidence)
  const items = sources.flatMap(({ id, title: name }) => {
    const quotes = [...new Set(citations.filter((one) => one.id === id).map(({ quote }) => quote))]
    return quotes.slice(0, 3).map((quote) => `${id} ${name}: “${quote}”`)
  })
  return items.length === 0 ? [] : [text('It quotes:'), { kind: 'list', items }]
}

const usageText = ({ model, tools, inputTokens, outputTokens, ms, usd }: ModelUsage): string => {
  const looks = Object.values(tools).reduce((sum, times) => sum + times, 0)
  const parts = [
    model,
    count(looks, 'look'),
    `${(inputTokens + outputTokens).toLocaleString('en')} tokens`,
    ...(usd === undefined ? [] : [`$${usd.toFixed(2)}`]),
    `${Math.max(1, Math.round(ms / 1_000))} s`,
  ]
  return `${parts.join(' · ')}.`
}

const droppedText = ({ dropped }: Concluded): string =>
  dropped === 0 ? '' : ` ${count(dropped, 'claim')} without evidence ${dropped === 1 ? 'was' : 'were'} left out.`
