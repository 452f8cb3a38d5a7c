import { analyzer } from '../../src/analyzers/client-port.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'client-port')
