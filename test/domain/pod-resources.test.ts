import { describe, expect, it } from 'vitest'
import { podRequests } from '../../src/domain/pod-resources.ts'
import { amountText, parseQuantity } from '../../src/domain/quantity.ts'

const box = (name: string, cpu: string, extra: object = {}) => ({ name, resources: { requests: { cpu } }, ...extra })

describe('podRequests', () => {
  it('adds containers, sidecars and overhead, and takes the larger of that and the largest init step', () => {
    expect(podRequests({ containers: [box('a', '200m'), box('b', '300m')] })['cpu']).toBeCloseTo(0.5)
    expect(podRequests({ initContainers: [box('i', '2')], containers: [box('a', '200m')] })['cpu']).toBe(2)
    const sidecar = box('s', '500m', { restartPolicy: 'Always' })
    expect(podRequests({ initContainers: [sidecar, box('i', '1')], containers: [box('a', '200m')] })['cpu']).toBe(1.5)
    expect(
      podRequests({ initContainers: [box('i', '1'), sidecar], containers: [box('a', '700m')] })['cpu'],
    ).toBeCloseTo(1.2)
    expect(podRequests({ containers: [box('a', '1')], overhead: { cpu: '250m' } })['cpu']).toBe(1.25)
  })

  it('counts a limit as the request where there is none, and nothing for nothing', () => {
    expect(podRequests({ containers: [{ name: 'a', resources: { limits: { memory: '1Gi' } } }] })['memory']).toBe(
      2 ** 30,
    )
    expect(podRequests(undefined)).toEqual({})
  })
})

describe('quantities', () => {
  it.each([
    ['100m', 0.1],
    ['1.5', 1.5],
    ['1Gi', 2 ** 30],
    ['15872256Ki', 15872256 * 1024],
    ['1e3', 1000],
    ['2k', 2000],
    ['47093746742', 47093746742],
  ])('reads %s', (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value)
  })

  it('refuses what is none, and writes amounts as people do', () => {
    for (const text of ['', 'abc', '1Zi', 'NaN', undefined]) expect(parseQuantity(text)).toBeUndefined()
    expect(amountText('cpu', 0.3)).toBe('300m')
    expect(amountText('requests.cpu', 2)).toBe('2')
    expect(amountText('memory', 1.5 * 2 ** 30)).toBe('1.5Gi')
    expect(amountText('nvidia.com/gpu', 4)).toBe('4')
  })
})
