import { describe, expect, it } from 'vitest'
import { placeOfText } from '../../../src/sources/reading/place.ts'

describe('the place in a title', () => {
  it.each([
    ['payments/checkout is failing', { namespace: 'payments', workload: { name: 'checkout' } }],
    [
      '[FIRING:1] KubePodCrashLooping namespace=payments pod=checkout-1',
      { namespace: 'payments', workload: { kind: 'Pod', name: 'checkout-1' } },
    ],
    ['disk full on prod-eu1', { cluster: 'prod-eu1' }],
    ['error rate 5/10 too high', {}],
    ['the server is on fire', {}],
    ['see https://example.com/a/b for more', {}],
  ])('%s', (text, place) => {
    expect(placeOfText(text, ['prod-eu1', 'staging'])).toEqual(place)
  })
})
