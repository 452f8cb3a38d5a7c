import type { Incident } from '../domain/incident.ts'
import { mrkdwn } from '../domain/plain.ts'
import { type Message, section } from './blocks.ts'

/** Said in the thread of an incident that goes on elsewhere: where, and why. */
export const joinedThereMessage = (into: Incident, link: string | undefined, why: string | undefined): Message => {
  const reason = why === undefined ? 'Somebody said that this is the same trouble' : `This has the same cause: ${why}`
  const name = mrkdwn(into.title, 200)
  const where = link === undefined ? `*${name}*` : `<${link}|${name}>`
  return {
    text: mrkdwn(`${reason}. It goes on in ${into.title}.`, 1_000),
    blocks: [section(`🔗 ${mrkdwn(reason, 400)}. It goes on in ${where}, where its alerts are counted from now on.`)],
  }
}

/** Said in the thread of the incident that took another one in: which, and why. */
export const joinedHereMessage = (from: Incident, why: string | undefined): Message => {
  const text = `Also part of this: ${from.title}${why === undefined ? '' : `, since it has the same cause: ${why}`}.`
  return { text: mrkdwn(text, 1_000), blocks: [section(`🔗 ${mrkdwn(text, 800)}`)] }
}
