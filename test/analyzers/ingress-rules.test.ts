import { analyzer } from '../../src/analyzers/ingress-rules.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'ingress')
