import { mrkdwn, plain } from './mrkdwn.js'

/** A text object as DOM nodes; nothing where there is none. */
export function textOf(object) {
  if (object === undefined || object === null) return []
  return object.type === 'mrkdwn' ? mrkdwn(object.text) : plain(object.text)
}
