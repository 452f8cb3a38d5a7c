import { type Answer, type Block, link, text } from '../../domain/document.ts'
import { isRefusal, type Refusal } from '../../domain/refusal.ts'
import { refusalAnswer } from '../reading/place.ts'
import type { AppFace, VerbContext } from '../verb.ts'

/** Runs what needs the running app; elsewhere it says where the verb works. The app's sentence is the answer. */
export const withApp = async (
  context: VerbContext,
  use: (app: AppFace) => Promise<string | Refusal | Answer>,
): Promise<Answer> => {
  if (context.app === undefined)
    return { status: 'usage', document: [text('This works in Slack, where the doctor runs: /doctor help.')] }
  const said = await use(context.app)
  if (typeof said === 'string') return { status: 'ok', document: [sentence(said)] }
  return isRefusal(said) ? refusalAnswer(said) : said
}

/** A sentence of the app; one that ends with an address becomes a link, for Slack makes none of plain text. */
const sentence = (said: string): Block => {
  const [, words, url] = /^(.+): (https?:\/\/\S+)$/s.exec(said) ?? []
  return words === undefined || url === undefined ? text(said) : link(words, url)
}
