import { sha256 } from '../domain/canonical.ts'
import { recordHeadMessage } from '../views/record-head.ts'
import { channelFor } from './channel.ts'
import type { Doctor } from './doctor.ts'
import { nowText } from './record.ts'

type Parts = Pick<Doctor, 'audit' | 'chat' | 'clock' | 'config' | 'heads' | 'log' | 'store'>

type Head = { readonly seq: number; readonly hash: string; readonly chain: string }

/**
 * Posts the head of this process's chain where people see it, and keeps it in Git where a repository is set up for that: anchors
 * outside, so that a record that lost its end can be found out with `doctor audit verify --head`. Once a day for each chain, and
 * only where it grew. False: nothing to post.
 */
export const postHead = async (doctor: Parts, date: string): Promise<boolean> => {
  const channel = channelFor(doctor.config, { cluster: '' })
  const repository = doctor.config.github?.record
  const { chain, hash } = doctor.audit.head()
  if ((channel === undefined && repository === undefined) || doctor.audit.head().seq === 0) return false
  const last = await doctor.store.get<{ readonly hash: string; readonly date: string }>('record-head', chain)
  if (last?.value.hash === hash || last?.value.date === date) return false
  if (repository !== undefined) await keepInGit(doctor, repository, date)
  // What was written about keeping it is part of the chain: what is posted comes after it.
  const head = doctor.audit.head()
  if (channel !== undefined)
    await doctor.chat.post(channel, recordHeadMessage(chain, head, date), { key: `record-head-${chain}-${date}` })
  return doctor.store.put('record-head', chain, { hash: head.hash, date }, last?.version ?? 0)
}

/** One line of one file. A Git host that cannot be reached keeps nobody from posting: the next day's head covers this one. */
const keepInGit = async (doctor: Parts, repository: string, date: string): Promise<void> => {
  const { heads, audit, log } = doctor
  if (heads === undefined) return
  const head: Head = audit.head()
  const line = `${date} ${head.chain} ${head.seq} ${head.hash}`
  const path = `/repos/${repository}/git/refs/heads/doctor/record`
  const event = { actor: 'doctor', at: nowText(doctor) }
  await audit.append({
    ...event,
    kind: 'effect.intended',
    data: { method: 'PATCH', path, bodyHash: sha256(line) },
  })
  const kept = await heads.keep(repository, `${head.chain.replace(/[^\w.-]/g, '_').slice(0, 90)}.txt`, line)
  if (kept.kind === 'done')
    return void (await audit.append({ ...event, kind: 'effect.done', data: { path, after: kept.commit } }))
  const kind = kept.kind === 'rejected' ? 'effect.failed' : 'effect.unknown'
  await audit.append({ ...event, kind, data: { path, reason: kept.message } })
  log.warn({ repository, reason: kept.message }, 'the head of the record could not be kept in Git')
}
