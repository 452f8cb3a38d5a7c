import { createTransport } from 'nodemailer'
import { redact } from '../../domain/redact.ts'
import type { Mailer } from '../../ports/places.ts'

const mailDeadline = 30_000

/**
 * Mail by SMTP: `smtps://` is TLS from the start; over `smtp://` STARTTLS is required unless the server is this machine's own.
 * Throws where the server does not take it, so that it is tried again. The message id is made of `id`: a second copy is seen as one.
 */
export const smtpMailer = (config: {
  readonly url: string
  readonly from: string
  readonly to: readonly string[]
}): Mailer => {
  const url = new URL(config.url)
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  const user = decodeURIComponent(url.username)
  const secure = url.protocol === 'smtps:'
  return {
    send: async ({ id, subject, text }, signal) => {
      const transport = createTransport({
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
        secure,
        requireTLS: !secure && !local,
        ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
        connectionTimeout: 10_000,
        greetingTimeout: 10_000,
        socketTimeout: mailDeadline,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const stop = () => transport.close()
      signal.addEventListener('abort', stop, { once: true })
      try {
        await transport.sendMail({
          from: config.from,
          to: [...config.to],
          subject: redact(subject)
            .replace(/[\r\n]+/g, ' ')
            .slice(0, 200),
          text: redact(text),
          messageId: `<${id.replace(/[^\w.-]/g, '-')}@cluster-doctor.invalid>`,
        })
      } catch (error) {
        // What a server says may hold the address it was told or the name that logged in.
        const { responseCode, code } = error as { responseCode?: unknown; code?: unknown }
        throw new Error(`the mail server did not take it (${String(responseCode ?? code ?? 'no answer')})`)
      } finally {
        signal.removeEventListener('abort', stop)
        transport.close()
      }
    },
  }
}
