import { analyzer } from '../../src/analyzers/ingress-tls.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'ingress')
