import type { Read } from '../../domain/coverage.ts'
import type { Incident } from '../../domain/incident.ts'
import type { OnCall } from '../../domain/pager.ts'
import type { Doctor } from '../doctor.ts'

/** Who is on call now for an incident, or for everything. */
export const whoIsOnCall = async (
  doctor: Pick<Doctor, 'pager'>,
  incident?: Pick<Incident, 'link' | 'source'>,
  signal?: AbortSignal,
): Promise<Read<readonly OnCall[]>> => {
  const { pager } = doctor
  if (pager === undefined)
    return { kind: 'unreadable', reason: 'not-configured', message: 'PAGERDUTY_TOKEN is not set' }
  const policy = policyOf(incident)
  return pager.onCalls(policy === undefined ? {} : { policy }, signal)
}

const policyOf = (incident: Pick<Incident, 'link' | 'source'> | undefined): string | undefined => {
  const policy = incident?.source === 'pagerduty' ? incident.link?.policy : undefined
  return policy !== undefined && /^[A-Za-z0-9]{1,40}$/.test(policy) ? policy : undefined
}
