import { diagnoseInSlices } from '../../diagnosis/diagnose.ts'
import { refKey } from '../../domain/object.ts'
import type { Plan } from '../../domain/plan.ts'
import type { Doctor } from '../doctor.ts'
import { observe } from '../look/observe.ts'

/** Whether the cause that a plan answers still shows. `unknown`: no cause was named, or too little could be read to tell. */
export type CauseNow = 'gone' | 'there' | 'unknown'

/** Looks at the cluster again, never at what watches keep, for the cause of a plan, at the object that it was found at. */
export const causeNow = async (doctor: Doctor, plan: Plan, signal: AbortSignal): Promise<CauseNow> => {
  const { code, object } = plan.reason
  const reader = doctor.readers.get(plan.cluster)
  if (code === undefined || object === undefined || reader === undefined) return 'unknown'
  const view = await observe(reader, plan.target.name, doctor.clock.now(), signal, doctor.metrics, { fresh: true })
  const { namespace } = plan.target
  const diagnosis = await diagnoseInSlices(
    view,
    { analyzers: doctor.analyzers, ...(namespace === undefined ? {} : { namespace }) },
    signal,
  )
  const key = refKey(object)
  if (diagnosis.rootCauses.some((cause) => cause.code === code && refKey(cause.object) === key)) return 'there'
  return diagnosis.verdict === 'inconclusive' ? 'unknown' : 'gone'
}
