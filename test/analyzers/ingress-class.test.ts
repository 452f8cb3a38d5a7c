import { analyzer } from '../../src/analyzers/ingress-class.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'ingress')
