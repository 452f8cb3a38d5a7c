import type { Alert } from '../../domain/alert.ts'
import { isOurNote, type PagerNews } from '../../domain/pager.ts'
import { pagerNewsMessage } from '../../views/pager.ts'
import { announce } from '../announce.ts'
import type { Doctor } from '../doctor.ts'
import { pagesKept } from './pager.ts'

/** For so long after we told the pager something, in ms, the same from there is our own echo. */
const echoFor = 120_000

/** News and the delivery it came by. */
type Told = Alert & { readonly news: PagerNews }

/** Which news of a batch is told in the thread: what is worth a line there and is not the echo of what we sent. */
export const newsToTell = async (
  doctor: Doctor,
  incident: string,
  batch: readonly Alert[],
): Promise<readonly Told[]> => {
  const told = batch.filter(
    (alert): alert is Told => alert.news !== undefined && pagerNewsMessage(alert.news) !== undefined,
  )
  if (told.length === 0) return []
  const sent = await pagesKept(doctor, incident)
  const now = doctor.clock.now()
  return told.filter(({ news }) => {
    if (news.kind === 'note') return !isOurNote(news.text ?? '')
    const command = commandOf[news.kind]
    return !sent.some(
      (entry) =>
        entry.command.kind === command &&
        (entry.state === 'sent' || entry.state === 'sending') &&
        now - Date.parse(entry.tried ?? entry.asked) < echoFor,
    )
  })
}

const commandOf: Partial<Record<PagerNews['kind'], string>> = {
  acknowledged: 'acknowledge',
  resolved: 'resolve',
  escalated: 'escalate',
  reassigned: 'assign',
  delegated: 'assign',
}

/** Has it said in the thread. Equal deliveries are said once. */
export const relayLater = (doctor: Pick<Doctor, 'jobs'>, incident: string, alert: Told): Promise<void> =>
  doctor.jobs.add(
    { v: 1, kind: 'relay', incident, id: alert.deliveryId, news: alert.news },
    { key: `relay-${incident}-${alert.deliveryId}` },
  )

/** The `relay` job: says in the incident's thread what happened at the pager. Without a thread there is nobody to tell. */
export const relay = async (doctor: Doctor, incident: string, id: string, news: PagerNews): Promise<void> => {
  const thread = (await announce(doctor, incident))?.thread
  const message = pagerNewsMessage(news)
  if (thread === undefined || message === undefined) return
  await doctor.chat.post(thread.channel, message, { thread: thread.ts, key: `news-${incident}-${id}` })
}
