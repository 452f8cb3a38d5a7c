import { randomBytes } from 'node:crypto'
import { type BreakGlass, grantWithin } from '../../domain/break-glass.ts'
import type { Press } from '../../domain/chat-input.ts'
import { type Principal, theDoctor } from '../../domain/principal.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { TimelineKind } from '../../domain/timeline.ts'
import { mayApprove } from '../../policy/authorize.ts'
import type { BreakGlassWish } from '../../verbs/plan-face.ts'
import { breakGlassMessage } from '../../views/break-glass.ts'
import { answerMessage } from '../../views/plan-answers.ts'
import { channelFor } from '../channel.ts'
import { directoryOf } from '../directory.ts'
import type { Doctor } from '../doctor.ts'
import { agreedNow } from '../now.ts'
import { nowText } from '../record.ts'
import { addBreakGlass, changeBreakGlass } from './break-glass-store.ts'

/**
 * Asks for a break-glass: on the record and in the channel of its place, loud, before anything. It lifts nothing yet: somebody
 * else who may approve has to grant it within ten minutes. Only rules that say they may be lifted can be named.
 */
export const askBreakGlass = async (
  doctor: Doctor,
  user: Principal,
  wish: BreakGlassWish,
  from: string,
): Promise<string | Refusal> => {
  const by = await approverOf(doctor, user.id)
  if (isRefusal(by)) return by
  const fixed = wish.rules.filter((rule) => !doctor.policy.liftable.includes(rule))
  if (fixed.length > 0 || wish.rules.length === 0)
    return refused(
      'not-liftable',
      `${named(fixed)} cannot be lifted. These can: ${doctor.policy.liftable.join(', ') || 'none'}.`,
    )
  const glass: BreakGlass = {
    ...wish,
    reason: wish.reason.slice(0, 300),
    rules: [...new Set(wish.rules)].sort(),
    id: randomBytes(16).toString('hex'),
    asked: { by, at: nowText(doctor) },
    card: null,
  }
  await putOnRecord(doctor, 'break-glass.asked', glass, by)
  await addBreakGlass(doctor, glass)
  const channel = channelFor(doctor.config, glass) ?? from
  const card = await doctor.chat.post(channel, breakGlassMessage(glass), {
    key: `break-glass-${glass.id}`,
    urgent: true,
  })
  await changeBreakGlass(doctor, glass.id, (stored) => ({ ...stored, card }))
  const link = await doctor.chat.permalink(card.channel, card.ts).catch(() => undefined)
  const said =
    'It is asked for. It holds once somebody else who may approve grants it in its channel, within 10 minutes'
  return link === undefined ? `${said}.` : `${said}: ${link}`
}

/** A press on the message of a break-glass, as Slack signed it. Whoever presses gets an answer that only they see. */
export const pressBreakGlass = async (doctor: Doctor, press: Press): Promise<void> => {
  const done = press.action === 'doctor.break-glass.grant' ? await grant(doctor, press) : await end(doctor, press)
  const text = isRefusal(done) ? done.reason : done
  await doctor.chat
    .ephemeral(press.channel, press.user.id, answerMessage(text, []), press.thread)
    .catch((err: unknown) => doctor.log.warn({ err }, 'the person who pressed could not be answered'))
}

const grant = async (doctor: Doctor, press: Press): Promise<string | Refusal> => {
  const glass = await pressed(doctor, press)
  if (isRefusal(glass)) return glass
  const by = await approverOf(doctor, press.user.id, glass.asked.by)
  if (isRefusal(by)) return by
  const now = await agreedNow(doctor)
  if (isRefusal(now)) return now
  const open = (one: BreakGlass): boolean =>
    one.granted === undefined && one.ended === undefined && now - Date.parse(one.asked.at) < grantWithin
  if (!open(glass))
    return refused('not-open', 'It can no longer be granted: it was granted, ended, or asked for too long ago.')
  // On the record before it holds, as every effect is.
  await putOnRecord(doctor, 'break-glass.granted', glass, by)
  const granted = { by, at: new Date(now).toISOString(), until: new Date(now + glass.minutes * 60_000).toISOString() }
  const after = await changeBreakGlass(doctor, glass.id, (stored) =>
    open(stored) ? { ...stored, granted } : undefined,
  )
  if (after === undefined) return refused('not-open', 'Somebody was faster: it was granted or ended meanwhile.')
  await redraw(doctor, after)
  return `Granted: ${after.rules.join(', ')} lifted for ${after.minutes} minutes. Every plan it makes possible needs two approvals.`
}

const end = async (doctor: Doctor, press: Press): Promise<string | Refusal> => {
  const glass = await pressed(doctor, press)
  if (isRefusal(glass)) return glass
  const by = await approverOf(doctor, press.user.id)
  if (isRefusal(by)) return by
  const ended = { by, at: nowText(doctor) }
  const after = await changeBreakGlass(doctor, glass.id, (stored) =>
    stored.ended === undefined ? { ...stored, ended } : undefined,
  )
  if (after === undefined) return refused('ended', 'It was ended already.')
  await putOnRecord(doctor, 'break-glass.ended', after, by)
  await redraw(doctor, after)
  return 'Ended. The rules hold again.'
}

/** The break-glass of a press on the one message that shows it; any other press finds none. */
const pressed = async (doctor: Doctor, press: Press): Promise<BreakGlass | Refusal> => {
  const unknown = refused('break-glass-unknown', 'There is no such break-glass (any more).')
  if (!/^[0-9a-f]{32}$/.test(press.value)) return unknown
  const glass = (await doctor.store.get<BreakGlass>('break-glass', press.value))?.value
  return glass?.card?.channel === press.channel && glass.card.ts === press.message ? glass : unknown
}

/** The person behind an id, where they may approve changes at all; with `not`, somebody else than that one. */
const approverOf = (doctor: Doctor, id: string, not: Principal = theDoctor): Promise<Principal | Refusal> =>
  mayApprove(id, { requester: not, rule: { approvers: doctor.config.approvers } }, directoryOf(doctor))

const putOnRecord = (doctor: Doctor, kind: TimelineKind, glass: BreakGlass, by: Principal) =>
  doctor.audit.append({
    kind,
    at: nowText(doctor),
    actor: by.id,
    cluster: glass.cluster,
    data: {
      breakGlass: glass.id,
      rules: glass.rules,
      namespace: glass.namespace ?? '*',
      minutes: glass.minutes,
      reason: glass.reason,
      askedBy: glass.asked.by.id,
    },
  })

const redraw = async (doctor: Doctor, glass: BreakGlass): Promise<void> => {
  if (glass.card === null) return
  await doctor.chat
    .update(glass.card.channel, glass.card.ts, breakGlassMessage(glass))
    .catch((err: unknown) => doctor.log.warn({ err }, 'a break-glass could not be redrawn'))
}

const named = (rules: readonly string[]): string =>
  rules.length === 0 ? 'Nothing' : rules.map((rule) => `“${rule.slice(0, 40)}”`).join(', ')
