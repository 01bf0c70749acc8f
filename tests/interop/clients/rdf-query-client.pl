# RDF::Query::Client: asks the questions of a file, its argument, and writes the answers as JSON.
use strict;
use warnings;
use Encode qw(encode_utf8);
use JSON;
use RDF::Query::Client;
use RDF::Trine;

sub as_json {
    my ($term) = @_;
    return {type => 'uri', value => $term->uri_value} if $term->is_resource;
    my %kind = (type => 'literal', value => $term->literal_value);
    $kind{'xml:lang'} = $term->literal_value_language if $term->has_language;
    $kind{datatype} = $term->literal_datatype if $term->has_datatype;
    return \%kind;
}

sub answer {
    my ($endpoint, $question) = @_;
    my $client = RDF::Query::Client->new(encode_utf8($question->{query}));
    my $found = $client->execute($endpoint, {QueryMethod => $question->{method}});
    return {error => $client->http_response->status_line . "\n" . $client->http_response->content}
        unless defined $found;
    if ($found->is_boolean) {
        return {results => {head => {}, boolean => $found->get_boolean ? JSON::true : JSON::false}};
    }
    if ($found->is_graph) {
        my $writer = RDF::Trine::Serializer->new('ntriples');
        return {graph => $writer->serialize_iterator_to_string($found)};
    }
    my @names = $found->binding_names;
    my @rows;
    while (my $row = $found->next) {
        push @rows, {map { $_ => as_json($row->{$_}) } grep { $row->{$_} } @names};
    }
    return {results => {head => {vars => \@names}, results => {bindings => \@rows}}};
}

open my $file, '<', $ARGV[0] or die "$ARGV[0]: $!";
my $asked = decode_json(join '', <$file>);
my %answers;
for my $question (@{$asked->{questions}}) {
    $answers{$question->{name}} = eval { answer($asked->{endpoint}, $question) } // {error => "$@"};
}
print encode_json(\%answers);
