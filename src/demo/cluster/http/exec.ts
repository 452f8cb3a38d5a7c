import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { ApiError } from '../registry/errors.ts'
import { fieldsAt, isFields, type KubeObject, listAt } from '../types.ts'

/** What a program said, and how it ended. */
type Ran = { readonly out?: string; readonly err?: string; readonly code: number; readonly hangs?: true }

/**
 * Runs a command in a simulated container and streams it over `v5.channel.k8s.io`: standard output on channel 1, errors on 2,
 * and the Status with the exit code on 3. Programs are the few that people look around with.
 */
export function execute(pod: KubeObject, query: URLSearchParams, key: string, socket: Duplex): void {
  const container = query.get('container') ?? ''
  const names = listAt(fieldsAt(pod, 'spec'), 'containers').map((one) => (isFields(one) ? String(one['name']) : ''))
  if (!names.includes(container))
    throw new ApiError(400, 'BadRequest', `container ${container} is not valid for pod ${pod.metadata.name}`)
  if (fieldsAt(pod, 'status')['phase'] !== 'Running')
    throw new ApiError(400, 'BadRequest', `pod ${pod.metadata.name} does not have a host assigned`)
  const ran = run(pod, query.getAll('command'))
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`,
  )
  if (ran.out !== undefined) socket.write(frame(1, ran.out))
  if (ran.err !== undefined) socket.write(frame(2, ran.err))
  if (ran.hangs === true) return
  socket.write(frame(3, JSON.stringify(statusOf(ran.code))))
  socket.end(Buffer.from([0x88, 0]))
}

function run(pod: KubeObject, [program = '', ...rest]: readonly string[]): Ran {
  switch (program) {
    case 'echo':
      return { out: `${rest.join(' ')}\n`, code: 0 }
    case 'hostname':
      return { out: `${pod.metadata.name}\n`, code: 0 }
    case 'ls':
      return { out: 'bin\netc\nproc\ntmp\n', code: 0 }
    case 'true':
      return { code: 0 }
    case 'false':
      return { code: 1 }
    case 'yes':
      return { out: 'y\n'.repeat(100_000), code: 0 }
    case 'sleep':
      return { code: 0, hangs: true }
    default:
      return { err: `exec: "${program}": executable file not found in $PATH\n`, code: 127 }
  }
}

function statusOf(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' }
  const message = `command terminated with non-zero exit code: exit status ${code}`
  const causes = [{ reason: 'ExitCode', message: String(code) }]
  return { metadata: {}, status: 'Failure', message, reason: 'NonZeroExitCode', details: { causes } }
}

/** One unmasked binary frame whose first byte is the channel. */
function frame(channel: number, text: string): Buffer {
  const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(text)])
  const size = payload.length
  if (size < 126) return Buffer.concat([Buffer.from([0x82, size]), payload])
  if (size < 65_536) return Buffer.concat([Buffer.from([0x82, 126, size >> 8, size & 255]), payload])
  const head = Buffer.alloc(10)
  head.writeUInt8(0x82, 0)
  head.writeUInt8(127, 1)
  head.writeBigUInt64BE(BigInt(size), 2)
  return Buffer.concat([head, payload])
}
