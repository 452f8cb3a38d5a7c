import { type Decision, decide } from '../../src/doctor/decide.ts'
import { readPlan, stepPlan } from '../../src/doctor/plans/plan-store.ts'
import type { PlanLife } from '../../src/domain/plan-life.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts'
import { pressOn } from '../doctor/ward.ts'
import type { Replicas } from './replicas.ts'

/** A race that is run again and again; `share` of the rounds asked for. `run` says what is wrong with its outcome. */
export type Race = {
  readonly name: string
  readonly contenders: number
  readonly share: number
  readonly run: (replicas: Replicas, round: number) => Promise<string | undefined>
}

const clicks = 50
const approvers = ['UANA', 'UBEN', 'UCAT', 'UREQ'] as const

type Outcome = { readonly results: readonly (Decision | Refusal)[]; readonly life: PlanLife }

/** Fifty presses in one moment, spread over the replicas; what each led to, and what is stored afterwards. */
const press = async (
  replicas: Replicas,
  record: PlanRecord,
  button: (n: number) => 'approve' | 'deny',
): Promise<Outcome> => {
  replicas.hush()
  const results = await Promise.all(
    Array.from({ length: clicks }, (_, n) => {
      const doctor = replicas.doctors[n % replicas.doctors.length]
      if (doctor === undefined) throw new Error('there is no replica')
      return decide(doctor, pressOn(record, button(n), approvers[n % approvers.length] ?? 'UANA'))
    }),
  )
  const [first] = replicas.doctors
  const stored = first === undefined ? undefined : await readPlan(first, record.plan.id)
  if (stored === undefined || isRefusal(stored)) throw new Error('the plan is gone')
  return { results, life: stored.life }
}

const count = (results: Outcome['results'], kind: Decision['kind']): number =>
  results.filter((result) => result.kind === kind).length

const one = async (replicas: Replicas): Promise<string | undefined> => {
  const onRecord = await recordedSoFar(replicas)
  const { results, life } = await press(replicas, await replicas.card(1), () => 'approve')
  const won = count(results, 'approved')
  const answered = results.filter((result) => !isRefusal(result) || result.reason !== '').length
  return won === 1 &&
    count(results, 'counted') === 0 &&
    life.approvals.length === 1 &&
    life.state === 'approved' &&
    answered === clicks
    ? onRecord
    : `${won} winners, ${life.approvals.length} approvals, ${life.state}, ${answered} answers`
}

/** Reading the record costs more the longer it is, so it is held against the rounds only now and then. */
let approvals = 0
const recordedSoFar = async (replicas: Replicas): Promise<string | undefined> => {
  approvals += 1
  if (approvals % 250 !== 1) return undefined
  const found = await replicas.recorded('plan.approved')
  return found === approvals - 1 ? undefined : `${found} approvals on the record after ${approvals - 1} rounds`
}

const two = async (replicas: Replicas): Promise<string | undefined> => {
  const { results, life } = await press(replicas, await replicas.card(2), () => 'approve')
  const people = new Set(life.approvals.map(({ by }) => by.id))
  return count(results, 'approved') === 1 &&
    count(results, 'counted') === 1 &&
    people.size === 2 &&
    life.state === 'approved'
    ? undefined
    : `${count(results, 'approved')} and ${count(results, 'counted')} winners, ${people.size} people, ${life.state}`
}

const mixed = async (replicas: Replicas, round: number): Promise<string | undefined> => {
  const { results, life } = await press(replicas, await replicas.card(1), (n) =>
    (n + round) % 7 === 0 ? 'deny' : 'approve',
  )
  return count(results, 'denied') === 1 && count(results, 'approved') <= 1 && life.state === 'denied'
    ? undefined
    : `${count(results, 'denied')} denials, ${count(results, 'approved')} approvals, ${life.state}`
}

/** Executors that all believe that it is their turn: each with its own token, in any order. */
const armings = async (replicas: Replicas): Promise<string | undefined> => {
  const record = await replicas.card(0)
  const outcomes = await Promise.all(
    Array.from({ length: clicks }, (_, n) => {
      const doctor = replicas.doctors[n % replicas.doctors.length]
      if (doctor === undefined) throw new Error('there is no replica')
      return stepPlan(doctor, record.plan.id, {
        kind: 'arm',
        token: n + 1,
        planHash: record.plan.hash,
        at: Date.now(),
        frozen: false,
        eligible: [],
      })
    }),
  )
  const armed = outcomes.filter((outcome) => !isRefusal(outcome)).length
  return armed === 1 ? undefined : `${armed} executors armed it`
}

/** All of them. */
export const races: readonly Race[] = [
  { name: 'clicks for one approval', contenders: clicks, share: 1, run: one },
  { name: 'clicks for two approvals', contenders: clicks, share: 0.1, run: two },
  { name: 'approvals against denials', contenders: clicks, share: 0.1, run: mixed },
  { name: 'executors that arm one plan', contenders: clicks, share: 0.2, run: armings },
]
