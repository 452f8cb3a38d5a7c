import { analyzer } from '../../src/analyzers/apiserver.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'control-plane')
