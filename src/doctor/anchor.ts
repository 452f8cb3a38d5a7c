import { recordHeadMessage } from '../views/record-head.ts'
import { channelFor } from './channel.ts'
import type { Doctor } from './doctor.ts'

/**
 * Posts the head of this process's chain where people see it: an anchor outside, so that a record that lost its end can be
 * found out with `doctor audit verify --head`. Once a day for each chain, and only where it grew. False: nothing to post.
 */
export const postHead = async (
  doctor: Pick<Doctor, 'audit' | 'chat' | 'config' | 'store'>,
  date: string,
): Promise<boolean> => {
  const head = doctor.audit.head()
  const { chain } = head
  const channel = channelFor(doctor.config, { cluster: '' })
  if (channel === undefined || head.seq === 0) return false
  const last = await doctor.store.get<{ readonly hash: string; readonly date: string }>('record-head', chain)
  if (last?.value.hash === head.hash || last?.value.date === date) return false
  await doctor.chat.post(channel, recordHeadMessage(chain, head, date), { key: `record-head-${chain}-${date}` })
  return doctor.store.put('record-head', chain, { hash: head.hash, date }, last?.version ?? 0)
}
