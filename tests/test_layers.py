"""A module imports only from the layers below its own."""

import ast
import pathlib

import pytest

import dynamongo

PACKAGE = pathlib.Path(dynamongo.__file__).parent

#: Lowest first; CONTRIBUTING.rst describes them.
LAYERS = [
    [
        '_annotations',
        '_concurrency',
        '_foreign',
        '_names',
        '_schematics',
        '_typing',
        '_version',
        '_watcher',
        'utils',
    ],
    ['exceptions', '_explaining'],
    ['_calling'],
    ['_dynamodb_local', '_key_values', '_numbers', '_partial', 'indexes', 'measuring'],
    ['_consumed', '_documents', '_json'],
    ['_wire.values'],
    ['_wire.replies', '_wire.requests'],
    ['_wire'],
    ['_paths', '_settings'],
    ['_clients'],
    ['_engines', 'connection'],
    ['conditions', 'expressions'],
    ['_assignments', '_logic'],
    ['_permitted', 'updates', 'fields.copying'],
    [
        '_operands',
        'fields.comparing',
        'fields.free',
        'fields.options',
        'fields.placing',
        'fields.updating',
        'fields.validators',
    ],
    ['_evaluate', 'fields.signature'],
    ['fields.base'],
    ['fields.binary', 'fields.numbers', 'fields.parts', 'fields.text'],
    ['fields.dicts', 'fields.lists'],
    ['fields.documents', 'fields.enums', 'fields.maps', 'fields.sets', 'fields.times'],
    ['fields.timestamps'],
    ['fields'],
    ['_codecs.ways'],
    ['_codecs.containers', '_codecs.keys', '_codecs.scalars', '_codecs.times'],
    ['_codecs'],
    ['_known', '_hooks'],
    ['_held'],
    ['_computing'],
    ['_declarations'],
    ['_table_options'],
    ['_family'],
    ['_schema'],
    ['_projection'],
    ['_options', '_strategies'],
    ['_plan', '_given', '_ranges'],
    ['_candidates'],
    ['_planner'],
    ['_compile', '_pages', '_differences', '_table_requests'],
    ['_loading'],
    ['_dumping'],
    ['_errors', '_changes', '_table_steps'],
    ['_billing_diff', '_index_diff'],
    ['_table_diff'],
    ['_execute'],
    ['_batches', '_results', '_tables'],
    ['_answers', '_series', '_streams'],
    ['_read', '_write'],
    ['_imports', '_instances', '_operations', '_write_many'],
    ['_bulk', '_exports', '_instance_methods', '_read_methods', '_subjects', 'tables'],
    ['_write_methods'],
    ['model', 'transactions'],
    ['_command_models'],
    ['_command_tables'],
    ['_command'],
    ['', '__main__', 'local'],
]
LEVEL = {module: level for level, modules in enumerate(LAYERS) for module in modules}

#: The only modules that know boto3 and botocore.
KNOW_BOTO3 = {'_wire', '_wire.values', '_clients', '_engines', '_errors', '_execute'}


def modules():
    for path in sorted(PACKAGE.rglob('*.py')):
        parts = path.relative_to(PACKAGE).with_suffix('').parts
        yield '.'.join(part for part in parts if part != '__init__'), path


class WithoutAnnotations(ast.NodeTransformer):
    """Leaves out what only a type checker imports, which may come from any layer."""

    def visit_If(self, node):
        if ast.unparse(node.test) == 'TYPE_CHECKING':
            return [self.visit(statement) for statement in node.orelse]
        return self.generic_visit(node)


def imports(path):
    """Yield the modules that a file imports when it runs, inside functions too."""
    for node in ast.walk(WithoutAnnotations().visit(ast.parse(path.read_text()))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module == 'dynamongo':
                yield from (f'dynamongo.{alias.name}' for alias in node.names)
            else:
                yield node.module


MODULES = dict(modules())


def test_every_module_has_a_layer():
    assert set(MODULES) == set(LEVEL)


@pytest.mark.parametrize('module', MODULES)
def test_imports_point_downwards(module):
    for imported in imports(MODULES[module]):
        if imported.split('.')[0] == 'dynamongo':
            below = LEVEL[imported.partition('.')[2]]
            assert below < LEVEL[module], f'{module} imports {imported}'


@pytest.mark.parametrize('module', sorted(set(MODULES) - KNOW_BOTO3))
def test_only_the_modules_that_talk_to_dynamodb_know_boto3(module):
    roots = {imported.split('.')[0] for imported in imports(MODULES[module])}
    assert not roots & {'boto3', 'botocore', 'moto'}


@pytest.mark.parametrize('module', MODULES)
def test_the_package_is_not_imported_inside_functions(module):
    tree = ast.parse(MODULES[module].read_text())
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom):
                    assert node.module.split('.')[0] != 'dynamongo'
