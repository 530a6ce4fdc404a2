/** `/-/healthy` and `/-/ready` of a program that is both from the moment it listens. */
import { type Handler, plainText } from './routes.ts'

/** For the table of routes(). Whatever an exporter watches may be down: that is in its metrics. */
export const healthRoutes: Readonly<Record<string, Handler>> = {
  '/-/healthy': (_, response) => plainText(response, 200, 'OK\n'),
  '/-/ready': (_, response) => plainText(response, 200, 'OK\n'),
}
