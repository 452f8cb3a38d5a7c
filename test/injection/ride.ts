import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../../src/adapters/kubernetes/reader.ts'
import { openWriter } from '../../src/adapters/kubernetes/writer.ts'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { plan } from '../../src/doctor/plan.ts'
import type { Diagnosis } from '../../src/domain/diagnosis.ts'
import type { PlanRequest } from '../../src/domain/job.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { theDoctor } from '../../src/domain/principal.ts'
import { loadRunbooks } from '../../src/runbooks/load.ts'
import { offers } from '../../src/runbooks/match.ts'
import { collect } from '../../src/snapshot/collect.ts'
import { openWard, recordOf } from '../doctor/ward.ts'
import { crashingCheckout, type Told } from '../promises/crashing.ts'
import { asLabel, type Carrier, carriers, type Hostile } from './texts.ts'

/** What the doctor made of one cluster: what it says, what it would do, and the card for it. */
export type Ride = { readonly diagnosis: Diagnosis; readonly record: PlanRecord }

/** Everything but the cluster, opened once. */
export type Stable = {
  readonly ride: (told: Told) => Promise<Ride>
  /** The ids of the catalogue. */
  readonly actions: ReadonlySet<string>
  readonly close: () => Promise<void>
}

/** The same trouble again and again: a rollout that crashes, in a cluster where strangers wrote what they are told to. */
export const openStable = async (): Promise<Stable> => {
  const ward = await openWard()
  const analyzers = await loadAnalyzers()
  const { runbooks } = loadRunbooks(fileURLToPath(new URL('../../runbooks', import.meta.url)), ward.doctor.actions)
  const base = { ...ward.doctor, analyzers, runbooks }
  const folder = mkdtempSync(join(tmpdir(), 'doctor-ride-'))
  return {
    actions: new Set(base.actions.keys()),
    ride: (told) => ride(base, folder, told),
    close: async () => {
      await ward.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

let rides = 0

const ride = async (base: Doctor, folder: string, told: Told): Promise<Ride> => {
  rides += 1
  const name = `prod-${rides}`
  const cluster = await startSimulatedCluster({ name, controllers: false, ...crashingCheckout(told) })
  const context = (user: 'reader' | 'writer') => {
    const file = join(folder, `${name}-${user}`)
    writeFileSync(file, cluster.kubeconfig(user))
    const [one] = loadContexts({ kubeconfig: file, contexts: [], allowExec: false }).contexts
    if (one === undefined) throw new Error('the kubeconfig of the simulation was refused')
    return one
  }
  const [reader, writer] = [openReader(context('reader')), openWriter(context('writer'))]
  try {
    const doctor: Doctor = { ...base, readers: new Map([[name, reader]]), writers: new Map([[name, writer]]) }
    const view = await collect(reader, {})
    const diagnosis = diagnose(view, {
      analyzers: doctor.analyzers,
      propose: (cause) => offers(doctor.runbooks, cause, { attempts: [], view }),
    })
    return { diagnosis, record: recordOf(await plan(doctor, requestFor(name, diagnosis))) }
  } finally {
    reader.close()
    writer.close()
    await cluster.close()
  }
}

/** The request that an investigation makes of its first offer. */
const requestFor = (cluster: string, diagnosis: Diagnosis): PlanRequest => {
  const cause = diagnosis.rootCauses.slice(0, 3).find((one) => one.proposals.length > 0)
  const proposal = cause?.proposals[0]
  if (cause === undefined || proposal === undefined)
    throw new Error(`nothing was offered: ${JSON.stringify(diagnosis.rootCauses.map(({ code }) => code))}`)
  return {
    cluster,
    action: proposal.action,
    target: proposal.target,
    input: proposal.input,
    requester: theDoctor,
    reason: {
      summary: cause.summary,
      code: cause.code,
      object: cause.object,
      evidence: cause.evidence.slice(0, 5).map(({ id, text }) => ({ id, text })),
    },
    // A channel holds few open cards at a time.
    replyTo: { channel: `C${cluster.toUpperCase()}`, user: 'UREQ', thread: '1.1' },
  }
}

/** What a calm stranger writes in every place. */
export const calm: Readonly<Record<Carrier, string>> = {
  'log line': 'GET /healthz 200',
  'event message': 'Handler ran',
  'label value': 'checkout-team',
  annotation: 'owned by the checkout team',
  env: 'blue',
}

/** A cluster in which these texts stand in their places. */
export const toldOf = (said: Readonly<Record<Carrier, string>>): Told => ({
  lines: said['log line'].split('\n'),
  event: said['event message'],
  labels: { 'acme.dev/team': asLabel(said['label value']) },
  annotations: { 'acme.dev/note': said.annotation },
  env: [{ COLOUR: said.env }, { COLOUR: said.env }],
})

/** Five texts at a time, one in each carrier, so that `texts.length` rides take every text through every carrier. */
export const spread = (texts: readonly Hostile[]): readonly Readonly<Record<Carrier, Hostile>>[] =>
  texts.map(
    (_, index) =>
      Object.fromEntries(carriers.map((carrier, place) => [carrier, texts[(index + place) % texts.length]])) as Record<
        Carrier,
        Hostile
      >,
  )
