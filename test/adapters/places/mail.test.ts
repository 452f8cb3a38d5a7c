import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { smtpMailer } from '../../../src/adapters/smtp/mailer.ts'

type Got = { from: string; to: string[]; data: string; login?: string }
let stop: (() => void) | undefined
afterEach(() => stop?.())

/** A mail server as RFC 5321 has it, without TLS: strict about the order of commands, takes AUTH PLAIN where `login` is set. */
const mailServer = async (login?: string, says: { data?: string } = {}) => {
  const got: Got[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const mail: Got = { from: '', to: [], data: '' }
    let state: 'greet' | 'ready' | 'data' = 'greet'
    let text = ''
    const say = (line: string) => socket.write(`${line}\r\n`)
    const command = (line: string): void => {
      const [verb = ''] = line.toUpperCase().split(/[ :]/)
      if (verb === 'QUIT') return void socket.end('221 bye\r\n')
      if (verb === 'EHLO') {
        state = 'ready'
        say('250-mail.test')
        return void say(login === undefined ? '250 SIZE 1000000' : '250 AUTH PLAIN')
      }
      if (state === 'greet') return void say('503 greet first')
      if (verb === 'AUTH') {
        const given = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString('utf8')
        if (given !== login) return void say('535 5.7.8 wrong password of doctor')
        mail.login = given
        return void say('235 welcome')
      }
      if (login !== undefined && mail.login === undefined) return void say('530 log in first')
      if (verb === 'MAIL') mail.from = /<([^>]*)>/.exec(line)?.[1] ?? ''
      else if (verb === 'RCPT') mail.to.push(/<([^>]*)>/.exec(line)?.[1] ?? '')
      else if (verb === 'DATA') {
        state = 'data'
        return void say('354 go on')
      } else return void say('502 what?')
      say('250 ok')
    }
    say('220 mail.test ESMTP')
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8')
      for (;;) {
        const end = state === 'data' ? text.indexOf('\r\n.\r\n') : text.indexOf('\r\n')
        if (end < 0) return
        const part = text.slice(0, end)
        if (state === 'data') {
          text = text.slice(end + 5)
          state = 'ready'
          mail.data = part
          if (says.data === undefined) got.push(mail)
          say(says.data ?? '250 taken')
        } else {
          text = text.slice(end + 2)
          command(part)
        }
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stop = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, got }
}
const { signal } = new AbortController()
const mail = {
  id: 'report-prod-eu1-2026-11-21',
  subject: 'Health of prod-eu1',
  text: 'All is well.\n.\nNot a header: x\n',
}
const mailer = (port: number, who = '') =>
  smtpMailer({ url: `smtp://${who}127.0.0.1:${port}`, from: 'doctor@acme.dev', to: ['sre@acme.dev', 'ana@acme.dev'] })

describe('mail', () => {
  it('reaches everybody, with its text whole and an id that a second copy would have too', async () => {
    const { port, got } = await mailServer()
    await mailer(port).send(mail, signal)
    expect(got[0]).toMatchObject({ from: 'doctor@acme.dev', to: ['sre@acme.dev', 'ana@acme.dev'] })
    expect(got[0]?.data).toContain('Message-ID: <report-prod-eu1-2026-11-21@cluster-doctor.invalid>')
    expect(got[0]?.data).toContain('Subject: Health of prod-eu1')
    expect(got[0]?.data.replaceAll('\r\n..', '\r\n.')).toContain('All is well.\r\n.\r\nNot a header: x')
  })

  it('logs in where it is told to', async () => {
    const { port, got } = await mailServer('\0doctor\0p@ss')
    await mailer(port, 'doctor:p%40ss@').send(mail, signal)
    expect(got).toHaveLength(1)
    await expect(mailer(port, 'doctor:wrong@').send(mail, signal)).rejects.toThrow(
      'the mail server did not take it (535)',
    )
  })

  it('says that it was not taken, with no word of the server', async () => {
    const { port } = await mailServer(undefined, { data: '451 try again, secret=hunter2-hunter2' })
    const failed = await mailer(port)
      .send(mail, signal)
      .catch((error: Error) => error.message)
    expect(failed).toBe('the mail server did not take it (451)')
    await expect(mailer(9).send(mail, signal)).rejects.toThrow(/^the mail server did not take it \(E/)
  })

  it('lets nobody write headers through a subject', async () => {
    const { port, got } = await mailServer()
    await mailer(port).send({ ...mail, subject: 'Health\r\nBcc: all@acme.dev' }, signal)
    expect(got[0]?.to).toEqual(['sre@acme.dev', 'ana@acme.dev'])
    expect(got[0]?.data).not.toMatch(/^Bcc:/m)
  })
})
