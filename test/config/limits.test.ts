import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/config/limits.ts'
import { loadConfig } from '../../src/config.ts'

const load = (yaml: string) => loadConfig({ DOCTOR_CONFIG: 'doctor.yaml', DOCTOR_APPROVERS: 'U0ANA' }, () => yaml)
const limits = (yaml: string) => {
  const read = load(yaml)
  return read.kind === 'valid' ? read.config.limits : read.problems
}

describe('limits', () => {
  it('are the shipped ones where nothing is said', () => {
    expect(limits('PORT: 3000')).toEqual(defaultLimits)
  })

  it('are taken one by one', () => {
    expect(limits('limits: { namespace: 1/30m, hold: 2m }')).toEqual({
      ...defaultLimits,
      perNamespace: { effects: 1, seconds: 1800 },
      holdSeconds: 120,
    })
    expect(limits('limits: { cluster: 50/24h, automatic: 0/1h, cooldown: 0s }')).toEqual({
      ...defaultLimits,
      perCluster: { effects: 50, seconds: 86_400 },
      automatic: { effects: 0, seconds: 3600 },
      cooldownSeconds: 0,
    })
  })

  it.each([
    ['limits: 3/10m', 'doctor.yaml: limits', 'must be {'],
    ['limits: { namespace: many }', 'doctor.yaml: limits.namespace', 'such as 3/10m'],
    ['limits: { cluster: 3/10d }', 'doctor.yaml: limits.cluster', 'such as 3/10m'],
    ['limits: { cluster: 3/25h }', 'doctor.yaml: limits.cluster', 'at most a day'],
    ['limits: { hold: -1 }', 'doctor.yaml: limits.hold', 'such as 30s'],
    ['limits: { perNamespace: 3/10m }', 'doctor.yaml: limits.perNamespace', 'is not a limit'],
  ])('%s is told with its place', (yaml, place, message) => {
    expect(limits(yaml)).toEqual([{ place, message: expect.stringContaining(message) }])
  })
})
