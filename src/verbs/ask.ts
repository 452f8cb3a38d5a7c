import type { Answer } from '../domain/document.ts'
import { isRefusal } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import { placeOf, refusalAnswer } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

/** Nothing to say now: the answer comes as a message of its own. */
const comes: Answer = { status: 'ok', document: [] }

/** `/doctor ask`: a question in plain words for the language model. On the command line `ask` prints its answer instead. */
export const verb: Verb = {
  name: 'ask',
  summary: 'ask Claude in plain words; every sentence of the answer quotes what was read',
  usage: '"QUESTION" [-n NAMESPACE]',
  examples: ['ask "why is checkout slow since noon?" -n payments', 'ask "what changed before the errors began?"'],
  flags: placeFlags,
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const question = args.words.join(' ').trim()
      if (question === '') return { status: 'usage', document: [{ kind: 'text', text: 'Usage: `ask "QUESTION"`' }] }
      const place = placeOf(context, args)
      if (isRefusal(place)) return place
      const inside = place.namespace === undefined ? {} : { namespace: place.namespace }
      const no = await app.ask({ cluster: place.reader.name, question: question.slice(0, 1_500), ...inside })
      return no === undefined ? comes : refusalAnswer(no)
    }),
}
