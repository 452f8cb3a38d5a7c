import { analyzer } from '../../src/analyzers/ingress-backend.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'ingress')
