import type { Duplex } from 'node:stream'
import type { CommandOutput } from '../../ports.ts'

/** Output beyond this many bytes is dropped and said to be cut. */
const most = 65_536

/**
 * Reads what a command says over the channels of `v5.channel.k8s.io` until it ends or `ms` have passed: its output and errors
 * as one text, and its exit code where the server told one. The client sends nothing; it never throws.
 */
export const readCommand = (socket: Duplex, head: Uint8Array, ms: number): Promise<CommandOutput> =>
  new Promise((resolve) => {
    const frames = frameReader()
    const said: Buffer[] = []
    let size = 0
    let truncated = false
    let exitCode: number | null = null
    const end = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ text: Buffer.concat(said).toString('utf8'), exitCode, truncated })
    }
    const timer = setTimeout(end, ms)
    const take = (bytes: Uint8Array) => {
      for (const { opcode, payload } of frames(Buffer.from(bytes))) {
        if (opcode === 8) return end()
        const [channel] = payload
        const data = payload.subarray(1)
        if (opcode !== 2 || channel === undefined) continue
        if (channel === 3) exitCode = exitCodeOf(data.toString('utf8'))
        else if (channel === 1 || channel === 2) {
          const room = data.subarray(0, Math.max(0, most - size))
          truncated ||= room.length < data.length
          size += room.length
          said.push(room)
        }
      }
    }
    socket.on('data', take).once('end', end).once('error', end).once('close', end)
    if (head.length > 0) take(head)
  })

type Frame = { readonly opcode: number; readonly payload: Buffer }

/** Takes WebSocket frames (RFC 6455) apart as bytes come in; fragments are joined. Servers do not mask theirs. */
const frameReader = () => {
  let rest = Buffer.alloc(0)
  let begun: { opcode: number; parts: Buffer[] } | undefined
  return (bytes: Buffer): readonly Frame[] => {
    rest = Buffer.concat([rest, bytes])
    const whole: Frame[] = []
    for (;;) {
      const frame = frameAt(rest)
      if (frame === undefined) return whole
      rest = rest.subarray(frame.length)
      if (frame.opcode >= 8) {
        whole.push({ opcode: frame.opcode, payload: frame.payload })
        continue
      }
      begun ??= { opcode: frame.opcode, parts: [] }
      begun.parts.push(frame.payload)
      if (!frame.final) continue
      whole.push({ opcode: begun.opcode, payload: Buffer.concat(begun.parts) })
      begun = undefined
    }
  }
}

const frameAt = (bytes: Buffer) => {
  if (bytes.length < 2) return undefined
  const short = bytes.readUInt8(1) & 0x7f
  const at = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < at) return undefined
  const size = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  if (bytes.length < at + size) return undefined
  const first = bytes.readUInt8(0)
  return {
    final: (first & 0x80) !== 0,
    opcode: first & 0x0f,
    payload: bytes.subarray(at, at + size),
    length: at + size,
  }
}

/** The server's last word is a Status: success is 0, a failure names the code among its causes. */
const exitCodeOf = (text: string): number | null => {
  try {
    const status = JSON.parse(text) as {
      readonly status?: string
      readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] }
    }
    if (status.status === 'Success') return 0
    const code = status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message
    return code !== undefined && /^\d{1,3}$/.test(code) ? Number(code) : null
  } catch {
    return null
  }
}
