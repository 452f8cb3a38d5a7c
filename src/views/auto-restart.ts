import { type ObjectRef, refText } from '../domain/object.ts'
import { mrkdwn } from '../domain/plain.ts'
import { type Message, section } from './blocks.ts'

/** Why a crash loop is not restarted by itself (any more), and what happens instead. */
export const noRestartMessage = (workload: ObjectRef, why: string, issue: boolean): Message => {
  const then = issue ? 'An issue is written instead.' : 'Somebody has to look at it.'
  const text = mrkdwn(`I do not restart ${refText(workload)}: ${why}. ${then}`)
  return { text, blocks: [section(`🔁 ${text}`)] }
}
