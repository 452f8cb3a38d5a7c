import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCertificateRequest } from '../../src/domain/certificate-request.ts'
import { signingRequest } from '../actions/signing-request.ts'

describe('parseCertificateRequest', () => {
  it('reads who a request is for', () => {
    const pem = signingRequest({
      commonName: 'system:node:worker-1',
      organizations: ['system:nodes', 'other'],
      dns: ['worker-1.acme.dev'],
      ips: ['10.0.0.7'],
      uris: ['spiffe://x'],
    })
    expect(parseCertificateRequest(pem)).toEqual({
      commonName: 'system:node:worker-1',
      organizations: ['system:nodes', 'other'],
      names: ['dns:worker-1.acme.dev', 'ip:10.0.0.7', 'uri:spiffe://x'],
    })
    expect(parseCertificateRequest(signingRequest({ commonName: 'ana' }))).toMatchObject({ names: [] })
  })

  it('reads what OpenSSL made', () => {
    const pem = `-----BEGIN CERTIFICATE REQUEST-----
MIIBCzCBsgIBADAiMREwDwYDVQQKDAhwbGF0Zm9ybTENMAsGA1UEAwwEZGFuYTBZ
MBMGByqGSM49AgEGCCqGSM49AwEHA0IABGqkAIfrrNLHhET94LbpXyeaPw6jdYom
oQK2tjyBf2MCN+4j1D8eITuNYrGMy2+bBg5QRBLksP9oP1HL6d3eFYOgLjAsBgkq
hkiG9w0BCQ4xHzAdMBsGA1UdEQQUMBKCCmEuYWNtZS5kZXaHBAoBAgMwCgYIKoZI
zj0EAwIDSAAwRQIgXRkBdxyl5FXs5neWjxt/b6p66Tmive2Rv9mv8nspB5sCIQDD
3U95fi2N/Ru5rjqzXABipWd7gpr2hMVR3JGkhJikzg==
-----END CERTIFICATE REQUEST-----
`
    expect(parseCertificateRequest(pem)).toEqual({
      commonName: 'dana',
      organizations: ['platform'],
      names: ['dns:a.acme.dev', 'ip:10.1.2.3'],
    })
  })

  it('takes nothing for a request that is cut, doubled or changed in its lengths, and never throws', () => {
    const pem = signingRequest({ commonName: 'ana', dns: ['a.b'] })
    const der = Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64')
    const wrapped = (bytes: Buffer) =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----`
    expect(parseCertificateRequest(wrapped(der))).toBeDefined()
    for (let end = 0; end < der.length; end += 1)
      expect(parseCertificateRequest(wrapped(der.subarray(0, end)))).toBeUndefined()
    expect(parseCertificateRequest(wrapped(Buffer.concat([der, der])))).toBeUndefined()
    expect(parseCertificateRequest(`${pem}${pem}`)).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        parseCertificateRequest(wrapped(Buffer.from(bytes)))
      }),
      { numRuns: 300 },
    )
  })
})
