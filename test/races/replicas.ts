import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openRedis } from '../../src/adapters/redis/connect.ts'
import { redisStore } from '../../src/adapters/redis/store.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { plan } from '../../src/doctor/plan.ts'
import { addPlan } from '../../src/doctor/plans/plan-store.ts'
import { newLife } from '../../src/domain/plan-life.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { sealPlan } from '../../src/domain/seal-plan.ts'
import { type OpenAuditLog, openAuditLog } from '../../src/memory/audit-log.ts'
import { openWard, recordOf, requestFor, seedDeployment } from '../doctor/ward.ts'

/** Doctors that share a Redis and a record folder, as replicas do: each with its own connection and its own chain. */
export type Replicas = {
  readonly doctors: readonly Doctor[]
  /** A card that waits for this many approvals: a real plan under a new id. */
  card(quorum: number): Promise<PlanRecord>
  /** How many entries of a kind the record holds. */
  recorded(kind: 'plan.approved' | 'plan.denied'): Promise<number>
  /** Forgets what was said, so that the thousandth round is as quick as the first. */
  hush(): void
  close(): Promise<void>
}

/** Opens so many replicas around a simulated cluster. */
export const openReplicas = async (count: number): Promise<Replicas> => {
  const ward = await openWard({ DOCTOR_APPROVERS: 'UANA,UBEN,UCAT,UREQ' })
  const redis = await openRedis({})
  const key = randomBytes(32)
  const audits: OpenAuditLog[] = []
  const doctors: Doctor[] = []
  const connections = Array.from({ length: count }, () => redis.connect('commands'))
  for (const connection of connections) {
    if (connection.status !== 'ready') await new Promise((ready) => connection.once('ready', ready))
    const audit = await openAuditLog(join(ward.folder, 'races'), 'replica')
    audits.push(audit)
    doctors.push({ ...ward.doctor, store: redisStore(connection, key), audit })
  }
  const [first] = doctors
  if (first === undefined) throw new Error('at least one replica is needed')
  seedDeployment(ward)
  const { plan: template, card } = recordOf(await plan(first, requestFor('rollback-rollout')))
  const { hash: _, ...unsealed } = template
  return {
    doctors,
    card: async (quorum) => {
      const id = randomBytes(16).toString('hex')
      const expiresAt = new Date(Date.now() + 600_000).toISOString()
      const made = sealPlan({ ...unsealed, id, expiresAt, rule: { ...unsealed.rule, quorum } })
      const record = { plan: made, life: newLife(made), card, thread: null, steps: [], intentSeq: 0 }
      if (!(await addPlan(first, record))) throw new Error('the id is taken')
      return record
    },
    recorded: async (kind) => (await first.audit.read({ kinds: [kind] })).length,
    hush: () => {
      // The card itself must stay where it is, for it is drawn again.
      ward.chat.said.splice(1)
      ward.waiting.length = 0
    },
    close: async () => {
      for (const audit of audits) await audit.close()
      for (const connection of connections) connection.disconnect()
      await Promise.all([redis.stop(), ward.close()])
    },
  }
}
